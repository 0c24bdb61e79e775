"""Words about a shop, its Saleor and the clocks."""

from __future__ import annotations

from .findings import Code, Words, broken, ok, warning

SALEOR: dict[Code, Words] = {
    Code.REFUNDS: ok("没有等待到账的退款", "No refund waits"),
    Code.REFUNDS_UNDER_WAY: ok(
        "未到账退款 {count} 笔,最早 {age}", "{count} refunds under way, the oldest for {age}"
    ),
    Code.REFUNDS_OLD: warning(
        "未到账退款 {count} 笔,最早的 {number} 已 {age}:{status_zh}",
        "{count} refunds are not paid, {number} for {age}: {status_en}",
        "看该单的任务:docs/runbook.md「A refund does not arrive」",
        "See its tasks: docs/runbook.md, “A refund does not arrive”",
    ),
    Code.REFUNDS_OVERDUE: broken(
        "未到账退款 {count} 笔,最早的 {number} 已 {age}:{status_zh}",
        "{count} refunds are not paid, {number} for {age}: {status_en}",
        "超过七天:今天就处理。docs/runbook.md「A refund does not arrive」",
        "Over seven days: settle it today. docs/runbook.md, “A refund does not arrive”",
    ),
    Code.TASKS: ok("没有待处理任务", "No task waits for staff"),
    Code.TASKS_OPEN: warning(
        "待处理任务 {count} 项,最早 {age}:{kinds}",
        "{count} tasks wait for staff, the oldest for {age}: {kinds}",
        "用 returnTasks 查看;每种任务怎么办见 docs/runbook.md",
        "List them with returnTasks; docs/runbook.md says what to do about each kind",
    ),
    Code.RECONCILED: ok("对账无差异", "The days compared with WeChat Pay's bills agree"),
    Code.RECONCILIATION_LATE: warning(
        "有 {count} 天未完成对账,最早 {day}:{why}",
        "{count} days are not compared with WeChat Pay's bills, the oldest {day}: {why}",
        "商户号需有下载账单的权限;详见 docs/runbook.md“Every morning”",
        "The merchant needs the permission to download bills; see docs/runbook.md, “Every morning”",
    ),
    Code.DIFFERENCES_OPEN: warning(
        "对账差异 {count} 项待处理:{kinds}",
        "{count} differences with WeChat Pay's bills or Saleor are open: {kinds}",
        "用 returnDifferences 查看,每项都有处理建议",
        "List them with returnDifferences; each says what to do",
    ),
    Code.APP: ok("Saleor {version} 认识本应用", "Saleor {version} knows this app"),
    Code.APP_BACK: warning(
        "Saleor 曾拒绝本应用,现在又认识了",
        "Saleor had refused this app, and knows it again",
        "worker 会在五分钟内自动继续",
        "A worker notices within five minutes, and goes on",
    ),
    Code.APP_REFUSED: broken(
        "Saleor 不认识本应用(暂停始于 {since}):{why}",
        "Saleor does not know this app (paused since {since}): {why}",
        "Dashboard → Extensions 中重新启用;若已删除则按 README 重新安装,数据都还在",
        "Activate it in Dashboard → Extensions; if it was deleted install it again, all rows stay",
    ),
    Code.APP_TOKEN_UNREADABLE: broken(
        "本应用的令牌打不开:{why}",
        "The app's token does not open: {why}",
        "把那把密钥放回 SECRETS_KEYS,或在 Saleor 中删除并重新安装本应用",
        "Put that key back into SECRETS_KEYS, or delete the app in Saleor and install it again",
    ),
    Code.SALEOR_AWAY: broken(
        "Saleor 没有正常应答:{why}",
        "Saleor gives no proper answer: {why}",
        "检查该地址与网络;其余 Saleor 检查已跳过,恢复后自动继续",
        "Look at the address and the network; what needs it was not looked at, work goes on later",
    ),
    Code.SALEOR_UNREAD: broken(
        "读不到 {what}:{why}",
        "{what} could not be read: {why}",
        "多半是缺少权限:在 Dashboard 中给本应用四项权限",
        "Most likely a permission is missing: give the app all four in the Dashboard",
    ),
    Code.SALEOR_VERSION_UNTRIED: warning(
        "Saleor {version} 未经测试(支持 3.21 至 3.24)",
        "Saleor {version} has not been tried (3.21 to 3.24 have)",
        "升级本应用,或先在测试店铺走一遍退货",
        "Update this app, or walk through a return in a test shop first",
    ),
    Code.PERMISSIONS: ok("四项权限齐全", "All four permissions are granted"),
    Code.PERMISSIONS_MISSING: broken(
        "缺少权限:{names}",
        "Permissions are missing: {names}",
        "Dashboard → Extensions → 本应用 → 权限",
        "Dashboard → Extensions → the app → permissions",
    ),
    Code.WEBHOOKS: ok("webhook 齐全", "All webhooks are as this version needs them"),
    Code.WEBHOOKS_DIFFER: warning(
        "webhook 与本版本不符:{names}",
        "Webhooks are not as this version needs them: {names}",
        "执行 python manage.py migrate_webhooks --look-again",
        "Run python manage.py migrate_webhooks --look-again",
    ),
    Code.KEYS: ok("签名公钥可读", "Its public keys can be read"),
    Code.KEYS_UNREADABLE: broken(
        "读不到 /.well-known/jwks.json",
        "/.well-known/jwks.json cannot be read",
        "反向代理须放行该路径:没有它,顾客与 webhook 都无法验证",
        "The proxy must let it through: without it neither customers nor webhooks are believed",
    ),
    Code.CHANNELS: ok("人民币渠道:{slugs}", "CNY channels: {slugs}"),
    Code.NO_CNY_CHANNEL: broken(
        "没有启用的人民币渠道",
        "No active channel is in CNY",
        "启用一个 CNY 渠道:微信支付只收人民币",
        "Activate a channel in CNY: WeChat Pay takes nothing else",
    ),
    Code.AUTO_COMPLETE_OFF: broken(
        "渠道未开启「付清后自动完成结账」:顾客付款后关掉小程序,本应用补下的订单会迟到",
        "Saleor completes no paid checkout: who closes the mini-program gets the order late, by us",
        "开启该渠道的 checkoutSettings.automaticallyCompleteFullyPaidCheckouts",
        "Turn on checkoutSettings.automaticallyCompleteFullyPaidCheckouts of the channel",
    ),
    Code.FLOW_NOT_CHARGE: broken(
        "渠道的交易方式是 {flow}:微信支付不能预授权,付款会被拒绝",
        "The channel's transactions begin as {flow}: WeChat Pay only charges, payments are refused",
        "把 paymentSettings.defaultTransactionFlowStrategy 设为 CHARGE",
        "Set paymentSettings.defaultTransactionFlowStrategy to CHARGE",
    ),
    Code.FUNDS_RELEASED: warning(
        "Saleor 会在 {hours} 小时后退回过期结账的款项",
        "Saleor gives the money of expired checkouts back after {hours} hours",
        "确认这是有意的:releaseFundsForExpiredCheckouts 与自动完成结账会竞争",
        "Make sure that it is meant: releaseFundsForExpiredCheckouts races with completing them",
    ),
    Code.ORDERS_EXPIRE_EARLY: warning(
        "未付订单 {minutes} 分钟后过期,而微信付款最长可等 {limit} 分钟",
        "Unpaid orders expire after {minutes} minutes, while WeChat payments may take {limit}",
        "把 orderSettings.expireOrdersAfter 设为不少于 {limit}",
        "Set orderSettings.expireOrdersAfter to {limit} or more",
    ),
    Code.CLOCK: ok("时钟与 {whose} 一致", "Our clock agrees with {whose}"),
    Code.CLOCK_OFF: warning(
        "本机时钟与 {whose} 相差 {seconds} 秒",
        "Our clock is {seconds} s off from that of {whose}",
        "开启 NTP 对时",
        "Let NTP set this machine's clock",
    ),
    Code.CLOCK_WRONG: broken(
        "本机时钟与 {whose} 相差 {seconds} 秒:签名与登录会被拒绝",
        "Our clock is {seconds} s off from that of {whose}: signatures and log-ins are refused",
        "立即用 NTP 对时:微信支付只容许五分钟",
        "Let NTP set the clock now: WeChat Pay allows for five minutes",
    ),
    Code.CLOCK_UNKNOWN: warning(
        "无法得知 {whose} 的时间",
        "{whose} did not say what time it is",
        "自行确认本机已用 NTP 对时",
        "Make sure that NTP sets this machine's clock",
    ),
}
