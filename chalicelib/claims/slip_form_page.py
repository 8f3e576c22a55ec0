"""The page behind the slip's QR code: for phones first and old eyes, and whole without any script. Pure."""

import hashlib
from base64 import b64encode
from html import escape
from typing import Final

_STYLE: Final = """
*{box-sizing:border-box}
body{margin:0 auto;max-width:32rem;padding:1rem;color:#1c1c1c;background:#fff;
font:22px/1.5 "PingFang SC","Microsoft YaHei","Noto Sans CJK SC",system-ui,sans-serif}
h1{margin:0 0 .5rem;font-size:1.5em}
label{display:block;margin:1rem 0 .3rem;font-weight:bold}
input,textarea,button{width:100%;min-height:60px;padding:.5rem;border:2px solid #555;border-radius:.4rem;
font:inherit;color:inherit;background:#fff}
button{margin-top:1.2rem;border-color:#8c1d18;color:#fff;background:#8c1d18;font-weight:bold}
#code{letter-spacing:.1em;text-transform:uppercase}
.told{padding:.6rem;border:3px solid #8c1d18;border-radius:.4rem;font-weight:bold}
:focus{outline:4px solid #0b5394;outline-offset:2px}
"""

SCRIPT: Final = """"use strict";
(function () {
  // The code comes behind the #: it is put into the form here and never sent on the way to the page.
  var found = /^#[0-9A-Z]{26}-[0-9]{1,6}\\.([0-9A-Z]{4})([0-9A-Z]{4})$/.exec(location.hash);
  var field = document.getElementById("code");
  if (!found) { return; }
  if (field && !field.value) { field.value = found[1] + " " + found[2]; }
  history.replaceState(null, "", location.pathname);
})();
"""

_WORDS: Final[dict[str, tuple[str, str]]] = {
    "title": ("确认收到心愿", "Confirm that a wish came true"),
    "before": (
        "只有收到东西或服务之后才确认。没收到，请找居委会。",
        "Confirm only once you have received it. If you have not, ask your committee.",
    ),
    "code": ("确认单上的确认码", "The code on the slip"),
    "phone": ("您的手机号", "Your mobile number"),
    "next": ("下一步", "Next"),
    "sent": (
        "短信验证码已发出，请填写。",
        "A code has been sent by SMS; enter it here.",
    ),
    "sms": ("短信里的六位数字", "The six digits in the SMS"),
    "thanks": ("想说的感谢的话（可以不填）", "Words of thanks, if you like"),
    "confirm": ("确认收到", "Confirm"),
    "done": ("已经确认，谢谢您！", "It is confirmed. Thank you!"),
}


def headers() -> dict[str, str]:
    """What goes with the page: nothing loads or runs on it but its own style and script; it is kept nowhere."""
    style = b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
    return {
        "Content-Type": "text/html; charset=utf-8",
        "Cache-Control": "no-store",
        "Content-Security-Policy": (
            f"default-src 'none'; script-src 'self'; style-src 'sha256-{style}'; "
            "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
        ),
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }


def render(step: str, language: str, *, code: str = "", phone: str = "", thanks: str = "", told: str = "") -> str:
    """The page at a step ("code", "sms", "done") with what was written before, and what is to be told, if anything."""
    words = {name: escape(both[language == "en"]) for name, both in _WORDS.items()}
    message = f'<p class="told" role="alert">{escape(told)}</p>' if told else ""
    match step:
        case "done":
            body = f'<p class="told" role="status">{words["done"]}</p>'
        case "sms":
            body = f"{message}{_sms_form(words, code, phone, thanks)}"
        case _:
            body = f"{message}{_code_form(words, code, phone)}"
    return (
        f'<!doctype html><html lang="{escape(language)}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{words['title']}</title><style>{_STYLE}</style>"
        '<script src="confirm.js" defer></script></head><body><main>'
        f"<h1>{words['title']}</h1>{body}</main></body></html>"
    )


def _code_form(words: dict[str, str], code: str, phone: str) -> str:
    return (
        f'<p>{words["before"]}</p><form method="post" action="confirm"><label for="code">{words["code"]}</label>'
        f'<input id="code" name="code" required maxlength="40" autocomplete="off" autocapitalize="characters" '
        f'value="{escape(code)}"><label for="phone">{words["phone"]}</label>'
        f'<input id="phone" name="phone" type="tel" required maxlength="30" autocomplete="tel" value="{escape(phone)}">'
        f"<button>{words['next']}</button></form>"
    )


def _sms_form(words: dict[str, str], code: str, phone: str, thanks: str) -> str:
    return (
        f'<p>{words["sent"]}</p><form method="post" action="confirm">'
        f'<input type="hidden" name="code" value="{escape(code)}">'
        f'<input type="hidden" name="phone" value="{escape(phone)}"><label for="sms">{words["sms"]}</label>'
        '<input id="sms" name="sms" required inputmode="numeric" maxlength="12" autocomplete="one-time-code">'
        f'<label for="thanks">{words["thanks"]}</label>'
        f'<textarea id="thanks" name="thanks" rows="3" maxlength="500">{escape(thanks)}</textarea>'
        f"<button>{words['confirm']}</button></form>"
    )
