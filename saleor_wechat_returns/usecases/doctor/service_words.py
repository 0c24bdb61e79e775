"""Words about the service itself."""

from __future__ import annotations

from .findings import Code, Words, broken, ok, warning

SERVICE: dict[Code, Words] = {
    Code.DATABASE: ok("数据库正常,PostgreSQL {version}", "PostgreSQL {version} answers"),
    Code.DATABASE_AWAY: broken(
        "数据库连不上:{why}",
        "The database cannot be reached: {why}",
        "检查 DATABASE_URL 与数据库是否在运行;其余需要数据库的检查已跳过",
        "Look at DATABASE_URL, and whether the server runs; what needs it was not looked at",
    ),
    Code.DATABASE_TOO_OLD: broken(
        "PostgreSQL {version} 太旧",
        "PostgreSQL {version} is too old",
        "升级到 PostgreSQL 14 或更新版本",
        "Move to PostgreSQL 14 or newer",
    ),
    Code.MIGRATIONS: ok("数据库结构是最新的", "The database is migrated"),
    Code.MIGRATIONS_MISSING: broken(
        "数据库结构落后:{names}",
        "The database lacks {names}",
        "执行 python manage.py migrate;其余需要数据库的检查已跳过",
        "Run python manage.py migrate; what needs the database was not looked at",
    ),
    Code.BROKER: ok("消息队列 {kind} 正常", "The broker ({kind}) answers"),
    Code.BROKER_ON_THIS_MACHINE: ok(
        "消息队列使用本机文件:web 与 worker 必须在同一台机器",
        "The broker is a folder: fine while web and worker share this machine",
    ),
    Code.BROKER_AWAY: broken(
        "消息队列连不上:{why}",
        "The broker cannot be reached: {why}",
        "检查 CELERY_BROKER_URL;数据不会丢失,恢复后自动继续",
        "Look at CELERY_BROKER_URL; nothing is lost, work goes on once it is back",
    ),
    Code.WORKER: ok("worker 在运行,{age}前有心跳", "A worker with beat runs, seen {age} ago"),
    Code.WORKER_NEVER: broken(
        "worker 从未运行过(刚启动?一分钟后再看)",
        "No worker has ever run on this database (just started? Look again in a minute)",
        "启动:celery -A saleor_wechat_returns.celery worker --beat --pool threads",
        "Start one: celery -A saleor_wechat_returns.celery worker --beat --pool threads",
    ),
    Code.WORKER_LATE: broken(
        "worker 已 {age} 没有心跳:退款与付款登记都停着",
        "No worker has been seen for {age}: refunds and reports of payments stand still",
        "启动带 --beat 的 worker,并看它的日志;什么也不会丢失",
        "Start a worker with --beat and look at its log; nothing is lost",
    ),
    Code.CLOCK_STOPPED: broken(
        "worker 在工作,但定时器(beat)已停 {age}",
        "A worker works, but its clock (beat) has stood still for {age}",
        "worker 必须且只能有一个带 --beat",
        "Exactly one worker must have been started with --beat",
    ),
    Code.OUTBOX: ok("待办 {waiting} 项,无积压", "{waiting} things to do outside, none overdue"),
    Code.OUTBOX_SLOW: warning(
        "最早的待办已等 {age}",
        "The oldest thing to do outside has waited for {age}",
        "过几分钟再看;持续增长则增加 worker 的 --concurrency",
        "Look again in some minutes; if it grows, give the worker more --concurrency",
    ),
    Code.OUTBOX_LATE: broken(
        "最早的待办已等 {age}:没有 worker 在处理",
        "The oldest thing to do outside has waited for {age}: nobody works on it",
        "启动 worker 并看它的日志;什么也不会丢失",
        "Start a worker and look at its log; nothing is lost",
    ),
    Code.OUTBOX_FAILING: warning(
        "反复失败、仍在重试的待办:{topics}",
        "Steps that keep failing and are still tried: {topics}",
        "看待处理任务 (returnTasks) 与日志 outbox.repeat、outbox.failed",
        "See the staff tasks (returnTasks), and outbox.repeat and outbox.failed in the log",
    ),
    Code.INBOX: ok("收到的通知都已处理", "Everything that came in has been dealt with"),
    Code.INBOX_LATE: broken(
        "收到的通知已等 {age} 未处理",
        "What came in has waited for {age}",
        "启动 worker 并看它的日志;什么也不会丢失",
        "Start a worker and look at its log; nothing is lost",
    ),
    Code.INBOX_FAILING: warning(
        "处理失败、仍在重试的通知:{sources}",
        "What came in and cannot be dealt with, still tried: {sources}",
        "看日志 inbox.failed,并请报告:这是程序错误",
        "See inbox.failed in the log, and please report it: this is a bug",
    ),
    Code.DEADLINES: ok("时限按时执行,共 {running} 个", "{running} deadlines run, none is late"),
    Code.DEADLINES_LATE: broken(
        "{count} 个时限到期未执行,最早的已等 {age}:{number}",
        "{count} deadlines are over and nothing was done, the first {age} ago: {number}",
        "worker 在运行吗?看日志 deadline.failed;恢复后自动继续",
        "Does a worker run? See deadline.failed in its log; it carries on by itself",
    ),
    Code.SECRETS: ok("抽查的密钥都能打开", "Every stored secret that was tried opens"),
    Code.SECRETS_UNREADABLE: broken(
        "{columns}:{rows} 行打不开(密钥编号 {key_id})",
        "{columns}: {rows} rows do not open (key id {key_id})",
        "把这把密钥原样放回 SECRETS_KEYS,或重新录入该凭证",
        "Put that key back into SECRETS_KEYS as it was, or enter the secret anew",
    ),
    Code.SETTINGS: ok("设置没有问题", "The settings are in order"),
    Code.DEBUG_ON: warning(
        "DEBUG 已打开:密钥是众所周知的",
        "DEBUG is on: its keys are known to everybody",
        "正式环境请设 DEBUG=0 并提供其余设置",
        "In production set DEBUG=0, and give the other settings",
    ),
    Code.SECRET_KEY_WEAK: warning(
        "SECRET_KEY 太短或太简单",
        "SECRET_KEY is short or simple",
        "新装时换成 50 个随机字符;已有数据则不要更换",
        "On a new installation use 50 random characters; keep it once there is data",
    ),
    Code.ANY_SALEOR_MAY_INSTALL: warning(
        "任何 Saleor 都可以安装本应用",
        "Any Saleor may install this app",
        "把自己的店铺写入 ALLOWED_SALEOR_API_URLS",
        "Name your shops in ALLOWED_SALEOR_API_URLS",
    ),
    Code.PUBLIC_URL: ok("公网地址 {url} 能从本机访问", "{url} leads to us, seen from here"),
    Code.PUBLIC_URL_UNREACHED: warning(
        "从本机访问不到 {url}:{why}",
        "{url} cannot be reached from here: {why}",
        "检查域名、证书与反向代理;若仅本机无法回访公网地址,可忽略",
        "Look at name, certificate and proxy; ignore it if only this machine cannot go out and in",
    ),
    Code.PUBLIC_URL_FOREIGN: broken(
        "{url} 上应答的不是本服务:{why}",
        "Somebody else answers at {url}: {why}",
        "检查 PUBLIC_URL 与反向代理:Saleor 与微信会把通知送到那里",
        "Look at PUBLIC_URL and the proxy: Saleor and WeChat send their notices there",
    ),
    Code.NO_SHOP: warning(
        "还没有店铺安装本应用",
        "No shop has installed this app yet",
        "Saleor Dashboard → Extensions → Install from manifest → {url}/saleor/manifest/",
        "Saleor Dashboard → Extensions → Install from manifest → {url}/saleor/manifest/",
    ),
    Code.CHECK_FAILED: broken(
        "检查 {check} 自身出错:{why}",
        "The check {check} itself broke: {why}",
        "看上方日志 doctor.check_failed,并请报告:这是程序错误",
        "See doctor.check_failed in the log, and please report it: this is a bug",
    ),
}
