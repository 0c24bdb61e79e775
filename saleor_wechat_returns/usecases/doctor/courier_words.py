"""Words about return addresses, their warehouses, and courier accounts."""

from __future__ import annotations

from .findings import Code, Words, broken, ok, warning

COURIERS: dict[Code, Words] = {
    Code.ADDRESSES: ok("已设置退货地址", "Customers are told where to send goods"),
    Code.ADDRESS_MISSING: warning(
        "尚未设置退货地址,顾客不知道寄往何处,也不能预约上门取件",
        "No return address: customers do not know where to send goods, and no courier can come",
        "录入:returnAddressCreate(需 MANAGE_APPS 权限)",
        "Enter one: returnAddressCreate, by staff with MANAGE_APPS",
    ),
    Code.RESTOCK: ok(
        "验货合格的商品入库:{count} 个仓库在 Saleor 中",
        "Accepted pieces go into stock: Saleor has all {count} warehouses that are named",
    ),
    Code.RESTOCK_NO_WAREHOUSE: warning(
        "规则要求合格商品入库(restock),但退货地址未指定仓库:{addresses}",
        "The rules put accepted pieces into stock, and no warehouse is named for: {addresses}",
        "returnAddressUpdate 填写 warehouseId;否则每次验货都要指定仓库,或成为任务 RESTOCK_FAILED",
        "Name it: returnAddressUpdate, warehouseId; else each inspection must, or it is a task",
    ),
    Code.RESTOCK_WAREHOUSE_GONE: broken(
        "退货地址「{address}」的仓库不在 Saleor 中:{warehouse}",
        "Saleor has no such warehouse as address “{address}” names: {warehouse}",
        "returnAddressUpdate 改为现有仓库的 id:Dashboard → 仓库",
        "Name one that is there: returnAddressUpdate, with its id from Dashboard → Warehouses",
    ),
    Code.COURIER: ok("快递账号可用", "The courier provider takes this account"),
    Code.COURIER_NONE: ok(
        "未接入快递:顾客自行寄回,不查询物流",
        "No courier account: customers ship themselves, and parcels are not tracked",
    ),
    Code.COURIER_UNUSABLE: broken(
        "快递账号凭证不可用:{why}",
        "The courier account's credentials cannot be used: {why}",
        "重新录入:python manage.py add_courier_account",
        "Enter them again: python manage.py add_courier_account",
    ),
    Code.COURIER_REFUSED: broken(
        "快递服务商拒绝了本账号:{why}",
        "The courier provider refused this account: {why}",
        "503:密钥不符;600:授权失效;601:余额不足,请充值",
        "503: wrong secret; 600: no right to use it; 601: top up the balance",
    ),
    Code.COURIER_AWAY: warning(
        "快递服务商没有应答:{why}",
        "The courier provider does not answer: {why}",
        "检查出网;恢复后自动继续,顾客仍可自行寄回",
        "Look at the network; bookings wait, and customers can still ship themselves",
    ),
    Code.COURIER_ADDRESS_LONG: broken(
        "回调地址超过 {most} 字节:{address}",
        "The address for callbacks is longer than {most} bytes: {address}",
        "换一个较短的 COURIER_CALLBACK_URL",
        "Choose a shorter COURIER_CALLBACK_URL",
    ),
}
