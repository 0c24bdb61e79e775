"""Words about WeChat Pay and the mini-program."""

from __future__ import annotations

from .findings import Code, Words, broken, ok, warning

WECHAT: dict[Code, Words] = {
    Code.MERCHANT: ok("微信支付接受本商户的签名", "WeChat Pay takes this merchant's signature"),
    Code.MERCHANT_MISSING: warning(
        "没有微信支付商户:不能收款,也不能退款",
        "There is no WeChat Pay merchant: nothing can be paid or refunded by this app",
        "python manage.py add_wechat_merchant --help",
        "python manage.py add_wechat_merchant --help",
    ),
    Code.MERCHANT_UNUSABLE: broken(
        "商户凭证不可用:{why}",
        "The merchant's credentials cannot be used: {why}",
        "重新录入:python manage.py add_wechat_merchant",
        "Enter them again: python manage.py add_wechat_merchant",
    ),
    Code.MERCHANT_REFUSED: broken(
        "微信支付拒绝了本商户:{why}",
        "WeChat Pay refused this merchant: {why}",
        "SIGN_ERROR:私钥与证书序列号不符,或证书已过期,或时钟不准。核对后重新录入",
        "SIGN_ERROR: key and serial do not match, the certificate is over, or our clock is wrong",
    ),
    Code.WECHAT_PAY_AWAY: broken(
        "微信支付没有应答:{why}",
        "WeChat Pay does not answer: {why}",
        "检查出网与 WECHAT_PAY_API_URL;恢复后自动继续",
        "Look at the network and WECHAT_PAY_API_URL; work goes on once it is back",
    ),
    Code.WECHAT_PAY_DOUBTFUL: broken(
        "微信支付的应答不可信或不完整:{why}",
        "The answer of WeChat Pay was not believed, or lost: {why}",
        "unknown_serial:录入新的微信支付公钥;stale:对时;其余稍后再试",
        "unknown_serial: store its new public key; stale: set the clock; else try again later",
    ),
    Code.ANSWERS: ok("微信支付的签名已验证", "The signature of WeChat Pay was verified"),
    Code.ANSWERS_UNPROVEN: warning(
        "尚未证明:微信支付公钥(微信支付那里还没有可查询的订单)",
        "Not proven: the public key of WeChat Pay (it knows no payment of ours to ask about)",
        "用小程序付一笔 0.01 元,再运行一次",
        "Pay 0.01 yuan in the mini-program, and ask again",
    ),
    Code.APIV3_KEY: ok("APIv3 密钥正确,平台证书可解密", "The APIv3 key opens the certificates"),
    Code.APIV3_KEY_HEARD: ok(
        "APIv3 密钥:最近一次成功解密通知在 {at}",
        "The APIv3 key last opened a notice at {at}",
    ),
    Code.APIV3_KEY_UNPROVEN: warning(
        "尚未证明:APIv3 密钥(还没有收到过通知)",
        "Not proven: the APIv3 key (no notice has come yet)",
        "用小程序付一笔 0.01 元,再运行一次",
        "Pay 0.01 yuan in the mini-program, and ask again",
    ),
    Code.CERTIFICATES_OVERDUE: warning(
        "平台证书上次读取于 {at},超过 12 小时",
        "The platform certificates were read at {at}, more than 12 hours ago",
        "worker 在运行吗?看日志 certificates.kept",
        "Does a worker run? See certificates.kept in the log",
    ),
    Code.CERTIFICATES_REFUSED: broken(
        "读不到平台证书:{why}",
        "The platform certificates cannot be read: {why}",
        "apiv3_key:重新录入 APIv3 密钥;RESOURCE_NOT_EXISTS:改用微信支付公钥",
        "apiv3_key: enter the new APIv3 key; RESOURCE_NOT_EXISTS: store its public key instead",
    ),
    Code.NOTICES: ok("微信支付通知地址能从本机访问", "The address for notices leads to us"),
    Code.NOTICES_UNREACHED: warning(
        "微信支付通知地址从本机访问不到:{why}",
        "The address for WeChat Pay's notices does not lead to us: {why}",
        "反向代理须放行 /s/… 的 POST;没有通知也会主动查询,只是慢",
        "The proxy must let POST to /s/… through; without notices we ask, which is slower",
    ),
    Code.PROGRAM: ok("微信接受小程序的 AppID 与密钥", "WeChat takes the AppID and its secret"),
    Code.PROGRAM_MISSING: warning(
        "没有小程序:顾客不能微信登录,也不能付款",
        "There is no mini-program: customers can neither log in by WeChat nor pay",
        "python manage.py add_mini_program --help",
        "python manage.py add_mini_program --help",
    ),
    Code.PROGRAM_REFUSED: broken(
        "微信拒绝了小程序凭证:{why}",
        "WeChat refused the mini-program: {why}",
        "40125 密钥不对;40164 本机 IP 不在白名单;40243 密钥已冻结",
        "40125: wrong secret; 40164: our address is not on its IP list; 40243: secret frozen",
    ),
    Code.PROGRAM_UNREADABLE: broken(
        "小程序密钥打不开:{why}",
        "The mini-program's secret does not open: {why}",
        "把那把密钥放回 SECRETS_KEYS,或重新录入:python manage.py add_mini_program",
        "Put that key back into SECRETS_KEYS, or enter it again: python manage.py add_mini_program",
    ),
    Code.PUSH: ok(
        "消息推送:最近一次收到于 {at}", "The message push last told us something at {at}"
    ),
    Code.PUSH_MISSING: warning(
        "没有消息推送:图片与视频不做内容检测,显示为未检测",
        "There is no message push: pictures and videos are not checked, and are marked so",
        "小程序后台的消息推送填写 {address},再运行 add_mini_program --push-token-file …",
        "Enter {address} in the console, and run add_mini_program with --push-token-file …",
    ),
    Code.PUSH_UNPROVEN: warning(
        "尚未证明:消息推送(还没有收到过)",
        "Not proven: the message push (nothing has come yet)",
        "小程序后台的消息推送地址应为 {address},安全模式;用小程序上传一张图片,再运行一次",
        "Its address in the console is {address}, in safe mode; upload a picture, and ask again",
    ),
    Code.SHIPPING_INFO: ok(
        "发货信息由本服务上传微信", "This service tells WeChat what the shop sends (发货信息管理)"
    ),
    Code.SHIPPING_INFO_OFF: ok(
        "发货信息不由本服务上传(已关闭)",
        "Somebody else tells WeChat what the shop sends (发货信息管理 is switched off)",
    ),
    Code.SHIPPING_INFO_REFUSED: warning(
        "{count} 笔付款的发货信息被微信拒绝,资金仍冻结;最近一次:{why}",
        "WeChat refused what was sent for {count} payments, and holds their money; lately: {why}",
        "48001:小程序未开通发货信息管理;其他:见待办 SHIPPING_INFO_REFUSED",
        "48001: the mini-program has no 发货信息管理; else see the tasks SHIPPING_INFO_REFUSED",
    ),
    Code.WECHAT_AWAY: broken(
        "微信小程序接口没有应答:{why}",
        "WeChat's server API does not answer: {why}",
        "检查出网与 WECHAT_API_URL;微信登录暂不可用",
        "Look at the network and WECHAT_API_URL; nobody can log in by WeChat meanwhile",
    ),
}
