"""Every sentence of an error, as data: code → (Chinese, English). Rooms name codes; nobody else writes sentences."""

from typing import Final

MESSAGES: Final[dict[str, tuple[str, str]]] = {
    # statuses
    "status_400": ("请求有误", "Bad request"),
    "status_401": ("请先登录", "Sign in first"),
    "status_403": ("没有权限", "Not allowed"),
    "status_404": ("找不到", "Not found"),
    "status_405": ("不支持这种操作", "Method not allowed"),
    "status_409": ("操作冲突", "Conflict"),
    "status_412": ("版本已过期", "Stale version"),
    "status_413": ("内容太大", "Too large"),
    "status_415": ("格式不支持", "Unsupported media type"),
    "status_422": ("内容有误", "Unprocessable content"),
    "status_428": ("缺少版本号", "Version required"),
    "status_429": ("请求太频繁", "Too many requests"),
    "status_500": ("系统出错", "Internal error"),
    "status_503": ("暂时不可用", "Unavailable"),
    # the door
    "bad_request": ("请求有误", "The request is malformed"),
    "bad_json": ("内容不是有效的 JSON", "The body is not valid JSON"),
    "bad_parameter": ("参数 {name} 无效", "The parameter {name} is not valid"),
    "bad_cursor": ("翻页标记无效", "The cursor is not valid here"),
    "bad_if_match": ("If-Match 应为版本号", "If-Match takes the version"),
    "bad_idempotency_key": (
        "Idempotency-Key 应为 1 到 200 个可见字符",
        "Idempotency-Key takes 1 to 200 visible characters",
    ),
    "idempotency_key_reused": (
        "这个 Idempotency-Key 已用于另一请求",
        "This Idempotency-Key was used for another request",
    ),
    "unauthorized": ("请先登录", "Sign in first"),
    "bad_token": ("登录已失效，请重新登录", "The token is not valid; sign in again"),
    "forbidden": ("您没有权限这样做", "You are not allowed to do this"),
    "not_found": ("找不到，或您无权查看", "Unknown, or not visible to you"),
    "method_not_allowed": ("这个地址不支持这种操作", "This path does not take this method"),
    "conflict": ("状态已变化，请刷新后再试", "The state has changed; reload and try again"),
    "stale": ("内容已被他人修改，请刷新后再试", "Somebody changed it meanwhile; reload and try again"),
    "too_large": ("内容太大，最多 {limit} 字节", "Too large: at most {limit} bytes"),
    "not_json": ("请以 application/json 发送", "Send application/json"),
    "invalid_fields": ("有内容填写不正确，请查看 errors", "Some fields are wrong; see errors"),
    "version_required": ("修改时须带 If-Match 版本号", "An edit needs If-Match with the version"),
    "too_many_requests": ("请求太频繁，请稍后再试", "Too many requests; try again later"),
    "internal_error": ("系统出错了，我们会尽快处理", "Something went wrong on our side"),
    "unavailable": ("系统繁忙，请稍后再试", "Temporarily unavailable; try again"),
    "not_ready": ("正在准备数据，请稍候", "Still preparing the data"),
    # fields
    "field_missing": ("必填", "Required"),
    "field_unknown": ("没有这个字段", "Unknown field"),
    "field_type": ("类型不对，应为 {expected}", "Wrong type: expected {expected}"),
    "field_value": ("取值不对", "Not one of the allowed values"),
    "field_choice": ("只能是：{choices}", "Must be one of: {choices}"),
    "field_length": ("长度应在 {least} 到 {most} 个字之间", "Must have {least} to {most} characters"),
    "field_least_length": ("至少 {least} 个字", "Must have at least {least} characters"),
    "field_least": ("不能小于 {least}", "Must not be less than {least}"),
    "field_range": ("应在 {least} 到 {most} 之间", "Must lie between {least} and {most}"),
    "field_characters": ("含有不允许的字符", "Contains characters that are not allowed"),
    "field_phone": ("不是有效的电话号码", "Not a valid phone number"),
    "field_mobile": ("不是有效的手机号码", "Not a valid mobile number"),
    "field_email": ("不是有效的邮箱地址", "Not a valid e-mail address"),
    "field_time": ("应为 RFC 3339 时间", "Must be an RFC 3339 time"),
    "field_date": ("应为 YYYY-MM-DD 日期", "Must be a date, YYYY-MM-DD"),
    "field_future": ("不能是将来的日期", "Must not lie in the future"),
    "field_order": ("时间顺序不对：应不早于 {before}", "Out of order: must not be before {before}"),
    "field_must_be_true": ("必须为 true", "Must be true"),
    "field_not_here": ("此处不能填写", "Not allowed here"),
    "field_needed_here": ("此处必须填写", "Needed here"),
    "field_one_of_account_phone": ("account 和 phone 须填写其中一项", "Give either account or phone"),
    "field_one_of_applies_for_role": ("applies_for 和 role 须填写其中一项", "Give either applies_for or role"),
    "id_number_invalid": ("身份证号码不正确", "Not a valid ID number"),
    # accounts
    "wrong_code": ("验证码不正确或已过期", "The code is wrong or has expired"),
    "too_many_tries": ("尝试次数太多，请重新获取验证码", "Too many tries; ask for a new code"),
    "last_administrator": ("不能移除最后一位管理员", "The last administrator cannot be removed"),
    "not_an_organisation": ("这个账户不是组织", "This account is no organisation's"),
    "organisation_has_members": (
        "这个组织还有成员，请先移除成员",
        "People still act for this organisation; remove them first",
    ),
    "too_many_organisations": ("一人最多代表 {most} 个组织", "One person acts for at most {most} organisations"),
    "no_application": ("没有待处理的申请", "There is no open application"),
    "not_a_member": ("您不是这个组织的成员", "You do not act for this organisation"),
    "account_exists": ("这个手机号已有账户", "There is an account for this phone already"),
    "essential_message": ("这类消息不能退订", "Nobody can unsubscribe from this kind of message"),
    # rounds
    "round_number_taken": ("第 {number} 期已存在", "Round {number} exists already"),
    "no_current_round": ("目前没有开放认领的一期", "No round is open for claims now"),
    "round_closed": ("这一期已结束", "This round is closed"),
    "round_busy": (
        "这一期正在处理另一项批量操作，请稍后再试",
        "Another bulk operation holds this round; try again",
    ),
    "declaring_not_open": ("这一期目前不接受申报", "This round does not take declarations now"),
    # wishes
    "wrong_state": ("心愿目前为“{state}”，不能这样操作", "Not possible while the wish is {state}"),
    "declarer_may_not_review": ("不能审核自己申报的心愿", "Whoever declared a wish may not review it"),
    "process_consent_required": ("须先取得许愿人对信息处理的同意", "Consent to processing is required first"),
    "process_consent_withdrawn": (
        "许愿人已撤回对信息处理的同意，不能再办理",
        "Consent to processing was withdrawn; nothing further is done with this wish",
    ),
    "publish_consent_required": ("许愿人未同意公开心愿内容", "The wisher has not consented to publishing"),
    "guardian_required": (
        "未成年人须填写监护人，并由监护人同意",
        "A minor needs a guardian, whose consent it is",
    ),
    "contact_required": ("没有许愿人电话时须填写联系人", "A contact is needed where the wisher has no phone"),
    "witness_required": ("口头同意须有见证人", "Spoken consent needs a witness"),
    "text_not_clear": (
        "文字中发现可能泄露隐私的内容，请修改或逐项确认",
        "The text may give somebody away; change it or clear each finding",
    ),
    "team_size_required": ("团队心愿须填写人数", "A team's wish needs its size"),
    "too_many_attempts": ("查询次数太多，请稍后再试", "Too many look-ups; try again later"),
    # claims
    "wish_already_claimed": (
        "这个心愿已被认领，您可以登记候补",
        "Somebody was faster; you can go on standby",
    ),
    "wish_reserved": ("这个心愿暂时保留给他人", "This wish is reserved for somebody else for now"),
    "wish_is_free": (
        "这个心愿现在就可以认领，不必候补",
        "This wish can be claimed right now: no need to wait",
    ),
    "claim_is_yours": ("这个心愿正由您认领", "You hold this wish yourself"),
    "own_wish": ("不能候补自己申报的心愿", "Nobody waits for a wish they declared themselves"),
    "standby_full": ("候补人数已满", "The standby list of this wish is full"),
    "standby_limit_reached": (
        "您候补的心愿已达上限（{limit} 个）",
        "You are on standby for as many wishes as allowed ({limit})",
    ),
    "no_offer": ("这个心愿没有邀请您认领", "This wish is not offered to you"),
    "one_of_account_and_phone": (
        "账户和电话须填写其中一项",
        "Name the organisation by its account or by its phone, not by both",
    ),
    "claim_cap_reached": (
        "您正在进行的认领已达上限（{cap} 个）",
        "You hold as many open claims as allowed ({cap})",
    ),
    "claims_not_open": ("现在不在认领时间内", "Claims are not open now"),
    "claim_over": ("这次认领已经结束", "This claim is over"),
    "stage_order": ("进度只能向前", "Progress only goes forward"),
    "already_extended": ("每次认领只能延期一次", "A claim can be extended once"),
    "not_expiring": ("已在配送途中，无需延期", "It does not expire while it is on the way"),
    "contact_consent_required": (
        "许愿人未同意提供联系方式，请在居委会交接",
        "The wisher has not consented to sharing contact; hand over at the committee",
    ),
    "minor_handed_over_at_committee": (
        "未成年人的心愿请在居委会由工作人员陪同交接，不提供联系方式",
        "A minor's wish is handed over at the committee beside a worker; contact is not opened",
    ),
    "wisher_not_reachable": (
        "许愿人一方没有可接收短信的手机，请通过居委会联系",
        "The wisher's side has no mobile phone; go through the committee",
    ),
    "own_claim": (
        "认领人不能自己确认，请由许愿人或工作人员确认",
        "A claimant cannot confirm; the wisher or staff does",
    ),
    # the desk
    "not_reached": (
        "时间已到，这一项没有处理，可以再次提交",
        "The time was up before this one: nothing was done with it; send it again",
    ),
    "nobody_to_remind": ("没有可以提醒的账户", "There is no account that could be reminded"),
    # notices
    "notification_not_failed": (
        "这条消息没有失败，无需重发",
        "This message has not failed: there is nothing to send again",
    ),
    # privacy
    "already_answered": ("这项请求已答复", "This request was answered already"),
    "open_claims": (
        "这个账户还有进行中的认领，请先释放或收回",
        "This account still holds open claims; release or revoke them first",
    ),
    # reports
    "report_busy": ("这份报告正在生成，请稍候", "This report is being made; try again shortly"),
    # uploads
    "upload_unknown": ("没有这个上传文件，请重新上传", "There is no such upload of yours; upload it again"),
    "upload_wrong_type": ("文件内容与要求的格式不符", "The file is not of a type that is taken here"),
    "photo_unreadable": ("照片无法读取，请重新拍摄或换一张", "The photo cannot be read; take or choose another"),
    # imports
    "unreadable_file": ("无法读取文件", "The file cannot be read"),
    "register_faulty": (
        "登记表有 {count} 处错误，未导入任何内容",
        "The register has {count} faults; nothing was imported",
    ),
    "unsupported_media": ("请上传 .xlsx 或 .csv 文件", "Send an .xlsx or a .csv file"),
}
