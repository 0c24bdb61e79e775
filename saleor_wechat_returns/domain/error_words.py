"""What a refusal says to a person, for every code."""

from __future__ import annotations

from .errors import ErrorCode

# What a person reads, Chinese first: calm, and saying what to do.
MEANINGS: dict[ErrorCode, tuple[str, str]] = {
    ErrorCode.UNAUTHENTICATED: ("请重新登录。", "Please log in again."),
    ErrorCode.FORBIDDEN: ("您没有权限进行此操作。", "This is not yours to do."),
    ErrorCode.ACCOUNT_LOGIN_NEEDED: (
        "请先登录商城账号。",
        "Please log in to your account in the shop for this.",
    ),
    ErrorCode.NOT_FOUND: ("没有找到,或您无权查看。", "Not found, or not yours to see."),
    ErrorCode.MALFORMED: ("内容无法识别,请检查后重试。", "This cannot be read: please check it."),
    ErrorCode.REQUIRED: ("此项必填。", "This must be given."),
    ErrorCode.TOO_LONG: ("内容过长,请缩短后重试。", "Too long: please shorten it."),
    ErrorCode.TOO_MANY: ("一次提交的条目过多。", "Too many entries in one call."),
    ErrorCode.REASON_UNKNOWN: ("请选择列表中的原因。", "Please choose one of the reasons listed."),
    ErrorCode.LINES_EMPTY: ("请至少选择一件商品。", "Please choose at least one item."),
    ErrorCode.LINE_REPEATED: (
        "同一商品重复出现,请合并数量。",
        "An item is listed twice: please list it once with the whole quantity.",
    ),
    ErrorCode.LINE_NOT_IN_ORDER: ("该商品不属于此订单。", "This item is not part of this order."),
    ErrorCode.QUANTITY_NOT_POSITIVE: ("数量至少为 1。", "The quantity must be 1 or more."),
    ErrorCode.QUANTITY_EXCEEDS_DELIVERED: (
        "申请数量超过已发货数量。",
        "More pieces than were delivered.",
    ),
    ErrorCode.QUANTITY_EXCEEDS_RETURNABLE: (
        "剩余可退数量不足:其余商品已在其他售后单中,或已退回。",
        "Not that many can still be returned: the others are in another return or came back.",
    ),
    ErrorCode.ORDER_NOT_PAID: (
        "该订单没有可退的款项。",
        "Nothing was paid on this order that could be refunded.",
    ),
    ErrorCode.RULES_INVALID: (
        "规则有误,请按所示位置修改。",
        "The rules have a mistake at this place.",
    ),
    ErrorCode.WINDOW_PASSED: (
        "已超过可申请期限。",
        "The return window for this reason has passed.",
    ),
    ErrorCode.LINE_EXCLUDED: (
        "该商品不支持无理由退货;如有质量问题,请选择相应原因。",
        "This item cannot be returned without a fault: choose the fault if there is one.",
    ),
    ErrorCode.KIND_NOT_ALLOWED: (
        "该原因不支持所选的售后方式。",
        "For this reason the other kind of return must be chosen.",
    ),
    ErrorCode.GIFT_CARD_NOT_RETURNABLE: (
        "礼品卡不支持退货,请联系客服。",
        "A gift card cannot be returned here: please contact the shop.",
    ),
    ErrorCode.GIFT_MUST_COME_BACK: (
        "请将赠品一并退回。",
        "The free gift must come back together with the goods.",
    ),
    ErrorCode.EVIDENCE_REQUIRED: (
        "请按要求上传凭证。",
        "Please add the evidence that this reason asks for.",
    ),
    ErrorCode.CURRENCY_NOT_SUPPORTED: (
        "该订单不是人民币订单,请联系客服。",
        "This order is not in CNY: please contact the shop.",
    ),
    ErrorCode.IDEMPOTENCY_KEY_REUSED: (
        "请求标识已被另一请求使用,请重新提交。",
        "This idempotency key was used for a different request: use a new one.",
    ),
    ErrorCode.VERSION_CONFLICT: (
        "内容已有新变化,请刷新后重试。",
        "It changed meanwhile: please read it again.",
    ),
    ErrorCode.MOVE_NOT_ALLOWED: (
        "售后单当前状态不能进行此操作。",
        "This cannot be done at the return's present stage.",
    ),
    ErrorCode.DEADLINE_OVER: ("时限已过,无法再操作。", "The time for this is over."),
    ErrorCode.DEADLINE_EXTENDED_ALREADY: (
        "该时限已延长过一次。",
        "This deadline was put off before: once is all there is.",
    ),
    ErrorCode.INSPECTION_INCOMPLETE: (
        "请为每件商品填写验收数量。",
        "Please give the accepted quantity of every item of the return.",
    ),
    ErrorCode.ADDRESS_ARCHIVED: (
        "该退货地址已修改或停用,请刷新后重新选择。",
        "This return address was changed or given up: please read the addresses again.",
    ),
    ErrorCode.RETURN_OVER: (
        "该售后单已结束;如已寄出商品,请联系商家并告知运单号。",
        "This return is over: if you have sent the goods, write to the shop and name the number.",
    ),
    ErrorCode.TOO_MANY_PARCELS: (
        "该售后单填写的包裹过多,请联系商家。",
        "Too many parcels for one return: please write to the shop.",
    ),
    ErrorCode.DELIVERY_UNDER_WAY: (
        "快递已揽收该包裹,不能再修改运单号。",
        "The courier has this parcel, so its number can no longer be changed.",
    ),
    ErrorCode.WAYBILL_CAME_IN: (
        "这是买家寄来时的运单号,请填写退还买家的运单号。",
        "Under this number the goods came: enter the one under which they go back.",
    ),
    ErrorCode.CONSENT_REQUIRED: (
        "请先阅读并同意向快递公司提供您的姓名、电话和地址。",
        "Please read the latest words, and agree that the courier gets name, phone and address.",
    ),
    ErrorCode.PICKUP_NOT_OFFERED: (
        "暂不支持到该地址上门取件,请自行寄回。",
        "No courier of this shop comes to this address: please send the parcel yourself.",
    ),
    ErrorCode.TOO_MANY_PICKUPS: (
        "该售后单预约取件次数过多,请自行寄回。",
        "Pickups were booked too often for this return: please send the parcel yourself.",
    ),
    ErrorCode.PICKUP_WINDOW_OVER: (
        "该时间段已不可预约,请重新选择。",
        "This time can no longer be booked: please choose another.",
    ),
    ErrorCode.COURIER_UNAVAILABLE: (
        "暂时无法查询上门取件,请稍后再试,或自行寄回。",
        "The courier cannot be asked just now: please try again, or send the parcel yourself.",
    ),
    ErrorCode.PIECES_DO_NOT_ADD_UP: (
        "各项数量之和须等于该商品的退货数量。",
        "The findings of this item must be of all its pieces, and of no more.",
    ),
    ErrorCode.OUTCOME_DECIDES_REFUND: (
        "合格的商品必须退款,不合格或不符的商品不退款。",
        "Accepted pieces are refunded, refused and wrong ones are not: leave `refund` out.",
    ),
    ErrorCode.DISPOSITION_NOT_POSSIBLE: (
        "已退款的商品归商家,未退款的商品归买家,缺件无需处置。",
        "What is refunded stays with the shop, anything else is the customer's: choose another.",
    ),
    ErrorCode.APPEAL_INSTEAD: (
        "如不同意验货结果,请提交申诉。",
        "If you do not agree with the inspection, appeal: somebody else then looks at it.",
    ),
    ErrorCode.THREAD_CLOSED: (
        "此售后单的留言已关闭,请联系客服。",
        "No more messages can be added to this return: please contact the shop.",
    ),
    ErrorCode.AMOUNT_EXCEEDS_WORTH: (
        "金额超过这些商品的应退金额。",
        "That is more than these pieces are worth.",
    ),
    ErrorCode.UNSENT_IS_WORTH_ALL: (
        "未发货的商品只能全额退款。",
        "A piece that was not sent can only be refunded whole.",
    ),
    ErrorCode.OFFER_TIME_OUT_OF_RANGE: (
        "方案有效期须为 1 小时至 30 天。",
        "An offer stands for one hour to thirty days.",
    ),
    ErrorCode.OFFER_EXPIRED: (
        "该方案已过期,请联系商家。",
        "This offer has expired: please write to the shop.",
    ),
    ErrorCode.OFFER_ENDED: (
        "该方案已处理或已撤回,请刷新。",
        "This offer was answered or withdrawn: please read the return again.",
    ),
    ErrorCode.GOODS_ON_THEIR_WAY: (
        "商品已寄回,不能再选择保留商品。",
        "The goods are on their way back, so they cannot be kept.",
    ),
    ErrorCode.OFFER_OVERTAKEN: (
        "商品的发货情况已变化,该方案不再适用,请联系商家。",
        "Pieces were sent or taken since this offer was made: please ask the shop for another.",
    ),
    ErrorCode.APPEALED_ALREADY: (
        "同一处理结果只能申诉一次,可联系客服或拨打 12315。",
        "A decision can be appealed once: please contact the shop, or the consumers' line 12315.",
    ),
    ErrorCode.APPEAL_TOO_LATE: (
        "已超过申诉期限,可联系客服或拨打 12315。",
        "The time for an appeal is over: please contact the shop, or the consumers' line 12315.",
    ),
    ErrorCode.APPEAL_NEEDS_ANOTHER_PERSON: (
        "申诉须由另一位员工处理。",
        "An appeal is decided by somebody else than who rejected the return.",
    ),
    ErrorCode.SIGNED_TIME_OUT_OF_RANGE: (
        "签收时间须在发货之后,且不晚于现在。",
        "It was signed for after it was sent, and not in the future.",
    ),
    ErrorCode.SIGNED_TIME_KNOWN: (
        "快递公司已提供签收时间,无需登记。",
        "The courier has told when it was signed for: nothing needs to be reported.",
    ),
    ErrorCode.SHIPPING_NOT_REFUNDABLE: (
        "该订单没有可退的运费,或运费已退。",
        "There is no shipping to refund: none was paid, or it was given back already.",
    ),
    ErrorCode.NO_RETURN_TO_ADOPT: (
        "订单中没有与此售后单件数相同的退货记录。",
        "Saleor shows no return of exactly these pieces that could be taken for this one.",
    ),
    ErrorCode.NOTHING_LEFT_TO_REFUND: (
        "这笔支付已没有可退的金额:如已另行退款,请登记线下退款。",
        "Nothing is left on this payment: if it was refunded elsewhere, settle it by hand.",
    ),
    ErrorCode.REFUND_UNDER_WAY: (
        "退款仍在处理中,请稍后再试。",
        "The refund is still under way: please wait for its outcome.",
    ),
    ErrorCode.REFUND_ALREADY_PAID: (
        "该退款已到账,请勿重复退款。",
        "This refund has been paid: do not pay it again.",
    ),
    ErrorCode.TASK_CLOSES_BY_ITSELF: (
        "此待办在问题解决后自动关闭,不能手动关闭。",
        "This task closes by itself once what it tells of is over.",
    ),
    ErrorCode.WECHAT_PAY_UNAVAILABLE: (
        "暂时无法向微信支付查询退款,请稍后再试。",
        "WeChat Pay could not be asked about the refund just now: please try again.",
    ),
    ErrorCode.WECHAT_CODE_INVALID: (
        "登录凭证已失效,请重新登录。",
        "This login code was used, is over, or is of another mini-program: call wx.login again.",
    ),
    ErrorCode.WECHAT_LOGIN_REFUSED: (
        "微信未通过此次登录,请联系客服。",
        "WeChat does not let this person log in: please contact the shop.",
    ),
    ErrorCode.WECHAT_UNAVAILABLE: (
        "微信登录暂时不可用,请稍后重新登录。",
        "No answer from WeChat: the code may be used up, so call wx.login again in a moment.",
    ),
    ErrorCode.MINI_PROGRAM_MISSING: (
        "店铺尚未配置小程序,请联系客服。",
        "The shop has not entered its mini-program: please contact the shop.",
    ),
    ErrorCode.FILE_MISSING: ("没有收到文件,请重新上传。", "No file came with the upload."),
    ErrorCode.FILES_SEVERAL: ("每次只能上传一个文件。", "One file for each upload, please."),
    ErrorCode.FILE_EMPTY: ("文件是空的,请重新选择。", "The file is empty: please choose another."),
    ErrorCode.FILE_INCOMPLETE: (
        "上传中断,请重新上传。",
        "The upload broke off: please send the file again.",
    ),
    ErrorCode.FILE_TOO_LARGE: (
        "文件过大,请压缩或剪短后重新上传。",
        "The file is too large: please make it smaller or shorter.",
    ),
    ErrorCode.FILE_TYPE_UNKNOWN: (
        "仅支持 JPEG、PNG、WebP、HEIC 图片和 MP4、MOV 视频。",
        "Only JPEG, PNG, WebP and HEIC pictures, and MP4 and MOV videos, are taken.",
    ),
    ErrorCode.FILE_OF_OTHER_MEDIUM: (
        "文件类型与所选不符:图片和视频请分别上传。",
        "A video where a picture was announced, or the other way round.",
    ),
    ErrorCode.TICKET_EXPIRED: (
        "上传凭据已过期,请重新上传。",
        "The upload ticket is over: ask for a new one.",
    ),
    ErrorCode.TICKET_USED: (
        "该上传凭据已用于另一个文件,请重新上传。",
        "This upload ticket was used for another file: ask for a new one.",
    ),
    ErrorCode.STORAGE_UNAVAILABLE: (
        "暂时无法保存文件,请稍后重新上传。",
        "The file could not be stored just now: please send it again in a minute.",
    ),
    ErrorCode.EVIDENCE_ATTACHED: (
        "该凭证已用于另一处,请重新上传。",
        "This evidence is attached elsewhere: please upload it again.",
    ),
    ErrorCode.EVIDENCE_UNREADABLE: (
        "该凭证无法读取,请重新拍摄后上传。",
        "This evidence cannot be read: please take and upload another.",
    ),
    ErrorCode.RATE_LIMITED: (
        "尝试次数过多,请一小时后再试。",
        "Too many tries: please wait for an hour.",
    ),
    ErrorCode.ATTEMPTS_USED_UP: (
        "该商品申请售后的次数已用完,请联系客服。",
        "This item was asked for as often as is possible: please contact the shop.",
    ),
    ErrorCode.TOO_MANY_OPEN_REQUESTS: (
        "您处理中的售后单过多,请等其中一些完成后再申请。",
        "You have too many returns under way: please wait until some of them are done.",
    ),
    ErrorCode.TOO_MANY_REQUESTS_TODAY: (
        "申请次数过多,请稍后再试。",
        "Too many requests in a day: please come again later.",
    ),
    ErrorCode.TOO_MANY_UPLOADS: (
        "上传次数或大小超过限制,请稍后再试。",
        "Too many uploads, or too large in all: please come again later.",
    ),
    ErrorCode.TOO_MANY_MESSAGES: (
        "发送过于频繁,请稍后再试。",
        "Too many messages: please come again later.",
    ),
    ErrorCode.TOO_MANY_PICKUP_QUESTIONS: (
        "查询上门取件过于频繁,请稍后再试,或自行寄回。",
        "Pickups were asked about too often: please come again later, or send the parcel yourself.",
    ),
    ErrorCode.PARCEL_NOT_EXPECTED: (
        "该售后单不在等待包裹:待审核的请先同意;已结束的请让买家重新申请,或将包裹退还买家。",
        "This return waits for no parcel. Approve it first if it is under review; if it is over,"
        " let the customer ask anew, or send the parcel back to them.",
    ),
    ErrorCode.PARCEL_MATCHED: (
        "该包裹已处理,请刷新。",
        "This parcel was matched or given up already: please read it again.",
    ),
    ErrorCode.RECEIVE_INSTEAD: (
        "该售后单还有其他包裹未到:请先登记收到了哪些商品,再认领此包裹。",
        "Other parcels of this return are still to come: first say with returnReceive which pieces"
        " are here, then match the parcel.",
    ),
    ErrorCode.FREIGHT_NOT_OWED: (
        "按此申请原因寄回运费由买家承担,或由商家安排取件:无需运费补偿。",
        "The customer pays for the way back by the rules of this reason, or the shop's courier"
        " carried it: there is nothing to compensate.",
    ),
    ErrorCode.FREIGHT_BELOW_OFFER: (
        "退款金额已告知买家:运费补偿只能增加。",
        "The customer was told the amount of the refund: this can only be raised.",
    ),
    ErrorCode.FREIGHT_TOO_HIGH: (
        "超过店铺规定的运费补偿上限。",
        "That is more than the shop's rules give for the way back.",
    ),
    ErrorCode.FREIGHT_NOT_ON_PAYMENT: (
        "原支付渠道可退余额不足:退款总额不能超过实付金额,其余请以其他方式支付。",
        "No more can go back than was paid: pay the rest by other means.",
    ),
    ErrorCode.SALEOR_UNAVAILABLE: (
        "暂时无法读取订单,请稍后再试。",
        "The order could not be read just now: please try again in a minute.",
    ),
    ErrorCode.PERMISSIONS_UNKNOWN: (
        "暂时无法确认您的权限,请稍后再试。",
        "Saleor could not say just now what you may do: please try again in a minute.",
    ),
    ErrorCode.BUSY: (
        "操作人数较多,请稍后重试。",
        "Somebody else works on this order just now: please repeat in a moment.",
    ),
    ErrorCode.INTERNAL: (
        "系统出了点问题,请凭请求编号联系客服。",
        "Something broke on our side: the request id finds it in the log.",
    ),
}
