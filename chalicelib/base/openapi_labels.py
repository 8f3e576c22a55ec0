"""The headings of the API's page in both languages: key → (Chinese, English)."""

from typing import Final

LABELS: Final[dict[str, tuple[str, str]]] = {
    "title": ("微心愿 API", "MicroWish API"),
    "file": ("OpenAPI 3.1 文件", "The OpenAPI 3.1 file"),
    "intro": (
        "请求与响应均为 JSON，字段用 snake_case，时间为 RFC 3339（UTC），编号为不透明字符串。"
        '列表返回 {"items": [...], "next": 翻页标记或 null}。出错时返回 RFC 9457 问题文档，code 固定不变，'
        "文字随 Accept-Language 为中文（默认）或英文。各接口的说明文字为英文。",
        "JSON in and out, snake_case fields, RFC 3339 times in UTC, opaque ids. Lists answer "
        '{"items": [...], "next": cursor-or-null}. Errors are RFC 9457 problem documents with a stable code; '
        "their sentences follow Accept-Language, Chinese by default.",
    ),
    "rooms": ("目录", "Contents"),
    "who": ("谁可以调用", "Who may call"),
    "parameters": ("参数", "Parameters"),
    "body": ("请求内容", "Body"),
    "answers": ("响应", "Answers"),
    "problems": ("问题", "Problems"),
    "headers": ("通用请求头", "Shared headers"),
    "shapes": ("数据结构", "Shapes"),
    "codes": ("问题代码", "Problem codes"),
    "required": ("必填", "required"),
    "or": ("或", "or"),
    "or_none": ("可为空", "or null"),
    "list_of": ("列表：", "list of "),
    "map_of": ("映射，值为 ", "map to "),
    "anything": ("任意", "anything"),
    "one_of": ("取值：", "one of "),
    "characters": (" 字", " characters"),
    "items": (" 项", " items"),
    "form": ("格式 ", "form "),
    "default": ("默认 ", "default "),
    "in_path": ("路径", "path"),
    "in_query": ("查询", "query"),
    "in_header": ("请求头", "header"),
    "string": ("文字", "text"),
    "integer": ("整数", "whole number"),
    "number": ("数字", "number"),
    "boolean": ("真假", "true or false"),
    "object": ("对象", "object"),
    "array": ("列表", "list"),
    "null": ("空", "null"),
    "file_bytes": ("文件", "a file"),
    # who
    "anyone": ("任何人", "anyone"),
    "signed_in": ("登录用户", "signed in"),
    "committee_worker": ("居村工作人员", "committee worker"),
    "liaison": ("联络员", "liaison"),
    "observer": ("观察员", "observer"),
    "administrator": ("管理员", "administrator"),
    # rooms
    "accounts": ("账户", "Accounts"),
    "activities": ("活动", "Activities"),
    "audit": ("审计记录", "Audit trail"),
    "base": ("平台", "Platform"),
    "bookshelf": ("爱邻书架", "Bookshelf"),
    "checkins": ("益浦东报到", "Check-ins"),
    "claims": ("认领", "Claims"),
    "desk": ("工作台", "The desk"),
    "imports": ("导入", "Imports"),
    "notices": ("消息", "Notices"),
    "pages": ("页面", "Pages"),
    "privacy": ("个人信息", "Privacy"),
    "reminders": ("提醒", "Reminders"),
    "reports": ("报告", "Reports"),
    "rounds": ("期", "Rounds"),
    "uploads": ("上传", "Uploads"),
    "wishes": ("心愿", "Wishes"),
}


def label(key: str, language: str) -> str:
    """The heading in "zh-CN" or "en"; the key itself where none is written."""
    return LABELS.get(key, (key, key))[language == "en"]
