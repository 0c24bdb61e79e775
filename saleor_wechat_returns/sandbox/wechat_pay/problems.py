"""The error answers of WeChat Pay: status, code, message and the field at fault."""

from __future__ import annotations


class Problem(Exception):
    """An answer other than 2xx; WeChat Pay leaves those unsigned."""

    def __init__(
        self, status: int, code: str, message: str, detail: dict[str, object] | None = None
    ) -> None:
        super().__init__(code)
        self.status = status
        self.body: dict[str, object] = {"code": code, "message": message}
        if detail is not None:
            self.body["detail"] = detail


def bad_field(field: str, issue: str, location: str = "body") -> Problem:
    return Problem(
        400, "PARAM_ERROR", "参数错误", {"field": field, "issue": issue, "location": location}
    )


def broken_rule(message: str) -> Problem:
    return Problem(400, "INVALID_REQUEST", message)


def not_signed(message: str) -> Problem:
    return Problem(401, "SIGN_ERROR", message)


def too_often() -> Problem:
    return Problem(429, "FREQUENCY_LIMITED", "频率超限，请降低请求频率后重试")


def not_enough() -> Problem:
    return Problem(403, "NOT_ENOUGH", "商户可用退款余额不足，请充值后重新发起")


def system_error() -> Problem:
    return Problem(500, "SYSTEM_ERROR", "系统错误")


def unavailable() -> Problem:
    return Problem(503, "SERVICE_UNAVAILABLE", "服务不可用，请稍后重试")


def already_paid() -> Problem:
    return Problem(400, "ORDERPAID", "该订单已支付")


def order_closed() -> Problem:
    return Problem(400, "ORDER_CLOSED", "订单已关闭")


def order_not_found() -> Problem:
    return Problem(404, "ORDER_NOT_EXIST", "订单不存在")


def user_paying() -> Problem:
    """202: neither done nor refused, and unsigned like every answer that is not plain success."""
    return Problem(202, "USERPAYING", "用户支付中，需要输入密码")
