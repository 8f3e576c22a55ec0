"""MicroWish (微心愿): everything that ships to Lambda, one room per noun of the trade."""
