"""How the printable page looks, on a phone, on a desk and on A4."""

from typing import Final

from chalicelib.reports.markup import Markup

STYLE: Final = Markup(
    """
body { font-family: "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", sans-serif; color: #222;
  margin: 0 auto; padding: 16px; max-width: 860px; font-size: 14px; line-height: 1.5 }
h1 { font-size: 22px; color: #B3261E; margin: 0 0 2px }
h2 { font-size: 15px; margin: 14px 0 4px; border-left: 4px solid #B3261E; padding-left: 8px }
p { margin: 6px 0 }
.meta { color: #555; font-size: 12px }
.warning { color: #B3261E; font-weight: bold }
.cards { display: grid; grid-template-columns: repeat(4, 1fr); gap: 8px; margin: 10px 0 }
.card { border: 1px solid #ddd; border-radius: 6px; padding: 6px 10px }
.card b { display: block; font-size: 21px; color: #B3261E }
.card span { color: #555; font-size: 12px; display: block }
.paragraph { background: #faf5f4; padding: 8px 12px; border-radius: 6px }
.pair { display: grid; grid-template-columns: 1fr 1fr; gap: 4px 24px; align-items: start }
.chart { width: 100%; height: auto }
table { border-collapse: collapse; width: 100%; font-size: 12px }
th { text-align: left; border-bottom: 1.5px solid #B3261E; white-space: nowrap }
td { border-bottom: 1px solid #e5e5e5 }
th, td { padding: 1.5px 4px }
.n { text-align: right; white-space: nowrap }
.share { width: 100%; min-width: 50px; height: 9px; display: block }
@media (max-width: 640px) {
  .cards { grid-template-columns: 1fr 1fr }
  .pair { grid-template-columns: 1fr }
}
@page { size: A4; margin: 12mm }
@media print {
  * { -webkit-print-color-adjust: exact; print-color-adjust: exact }
  body { padding: 0 1px; max-width: none; font-size: 12px }
  table { font-size: 11px }
  .cards { grid-template-columns: repeat(4, 1fr) }
  .pair { grid-template-columns: 1fr 1fr }
  .card, .chart, .paragraph, .keep, tr { break-inside: avoid }
  h2 { break-after: avoid }
  .second { break-before: page }
}
"""
)
