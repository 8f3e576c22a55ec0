"""The routes behind the slip's QR code: a page, its script, and what its form does."""

from chalicelib.base import languages
from chalicelib.base.problems import NotJson, Problem
from chalicelib.base.web import ANYONE, Answer, Call, Room
from chalicelib.claims import slip_form, slip_form_page

room = Room("claims")


@room.route("GET", "/confirm", who=ANYONE, gives={200: str})
def show_confirm_page(call: Call) -> Answer:
    """The page behind the slip's QR code: whoever has the slip confirms with its code and a phone of their own."""
    return Answer(slip_form_page.render("code", call.language), headers=slip_form_page.headers())


@room.route("GET", "/confirm.js", who=ANYONE, gives={200: str})
def show_confirm_script(call: Call) -> Answer:
    """The page's script: it takes the code from behind the #. Everything works without it."""
    return Answer(slip_form_page.SCRIPT, headers={"Content-Type": "text/javascript; charset=utf-8"})


@room.route("POST", "/confirm", who=ANYONE, files=(slip_form.MEDIA,), gives={200: str},
            refuses=("slip_unknown", "claim_over", "not_delivered_yet", "wrong_code", "own_claim"))  # fmt: skip
def send_confirm_page(call: Call) -> Answer:
    """The page's form: with code and phone an SMS goes to that phone, with its digits the wish is confirmed."""
    media = (call.headers.get("content-type") or "").partition(";")[0].strip().lower()
    if media != slip_form.MEDIA:
        raise NotJson("unsupported_form")
    form = slip_form.read(call.content)
    held = {"code": form.code, "phone": form.phone, "thanks": form.thanks}
    try:
        page = slip_form_page.render(slip_form.advance(form, call.at, call.address), call.language, **held)
    except Problem as refusal:
        if refusal.status >= 500:
            raise  # ours to log, and told as everywhere
        return _refused(refusal, form, call.language, held)
    return Answer(page, headers=slip_form_page.headers())


def _refused(refusal: Problem, form: slip_form.SlipForm, language: str, held: dict[str, str]) -> Answer:
    """The page again, with what is wrong: at the SMS's step where only that was, at the beginning otherwise."""
    step = "sms" if form.sms and refusal.code == "wrong_code" and refusal.status == 401 else "code"
    told = languages.say(refusal.errors[0].code if refusal.errors else refusal.code, language, **refusal.values)
    page = slip_form_page.render(step, language, told=told, **held)
    return Answer(page, refusal.status, {**slip_form_page.headers(), **refusal.headers})
