"""The slip as a page of A6: for old eyes, for a printer, and for whoever has no phone at all. Pure.

It names nobody. In Chinese whoever asks: it is for the wisher's hands.
"""

import hashlib
from base64 import b64encode
from html import escape
from typing import Final

import segno

_STYLE: Final = """
@page{size:A6;margin:6mm}
*{box-sizing:border-box}
body{margin:0 auto;padding:4mm;max-width:105mm;color:#000;background:#fff;
font:18px/1.35 "PingFang SC","Microsoft YaHei","Noto Sans CJK SC",sans-serif}
h1{margin:0;font-size:24px;text-align:center}
.wish{margin:1mm 0 2mm;font-size:20px;text-align:center;overflow-wrap:anywhere}
.scan{display:flex;align-items:center;justify-content:center;gap:4mm}
.scan svg{flex:none;width:34mm;height:34mm}
.code{margin:0;font:bold 34px/1.2 ui-monospace,Menlo,Consolas,monospace;text-align:center}
.code span{display:block}
ol{margin:2mm 0;padding-left:1.4em}
p{margin:1mm 0}
.warn{padding:1mm 2mm;border:2px solid #000;font-weight:bold}
@media print{body{padding:0;max-width:none;font-size:13.5pt}}
"""


def render(title: str, code: str, link: str, committee: str) -> str:
    """The page with the wish's title, the code in two groups, the link as a QR code, and the committee's place."""
    half = len(code) // 2
    square = segno.make(link, error="m", micro=False).svg_inline(border=4, omitsize=True)
    style = b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{style}'; base-uri 'none'; form-action 'none'"
    return (
        '<!doctype html><html lang="zh-CN"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>微心愿确认单</title><style>{_STYLE}</style></head><body><main>"
        f'<h1>微心愿确认单</h1><p class="wish">{escape(title)}</p>'
        f'<div class="scan"><div role="img" aria-label="确认用二维码">{square}</div>'
        f'<p class="code">确认码<span>{escape(code[:half])}</span><span>{escape(code[half:])}</span></p>'
        "</div><p>收到东西或服务后，任选一种办法确认：</p><ol>"
        "<li>用手机（微信“扫一扫”）扫上面的方块。</li>"
        "<li>打电话把确认码读给居委会或街镇联络员。</li>"
        "<li>把这张纸交给居委会。</li></ol>"
        '<p class="warn">没有收到之前，不要把确认码告诉任何人，也不要给送东西的人看。</p>'
        f"<p>没收到、不合适，或有疑问，请找{escape(committee)}。</p>"
        "</main></body></html>"
    )
