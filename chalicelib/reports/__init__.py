"""Reports: the summary of a round, as figures, workbook and page."""
