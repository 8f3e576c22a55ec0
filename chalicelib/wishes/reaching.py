"""How a wish is reached by phone: the tracker's four digits, and the account of whoever is called."""

from chalicelib.accounts import actions as accounts
from chalicelib.base import phones, tables
from chalicelib.wishes import declaring, records, shapes


def moved(wish: records.Wish, before: shapes.Sealed, after: shapes.Sealed) -> list[tables.Part]:
    """The parts that make the contact phone of `after` lead to the wish; sets the wish's contact.

    Whoever held a phone that was corrected loses sight of the wish, and the receipt asks for the new digits.
    """
    if before.phone == after.phone:
        return []
    model = records.Receipt
    last4 = declaring.last4_hash(wish.receipt, after.phone)
    told = model.last4.set(last4) if last4 else model.last4.remove()
    return [*_contact(wish, after.phone), tables.Change(model(f"receipt#{wish.receipt}", "receipt"), [told])]


def _contact(wish: records.Wish, phone: str) -> list[tables.Part]:
    contact = accounts.find_or_make(phone) if phones.is_mobile(phone) else None
    earlier, wish.contact = wish.contact, contact
    if contact == earlier:
        return []
    sort_key = f"{wish.declared_at}#{wish.pk}"
    parts: list[tables.Part] = []
    if earlier and earlier != wish.declarer:
        parts.append(tables.Remove(records.MyWish(f"account#{earlier}", sort_key)))
    if contact and contact != wish.declarer:
        parts.append(tables.Put(records.MyWish(f"account#{contact}", sort_key, wish=wish.pk)))
    return parts
