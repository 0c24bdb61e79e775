// A merchant's server on `wechatpay-axios-plugin`. One job comes in on stdin, its answer goes out
// on stdout: {status, data}, with {error} where the plugin threw. A notice that it does not
// believe is answered {error}, else with what it says.
import { json } from 'node:stream/consumers';
import { Aes, Formatter, Rsa, Wechatpay } from 'wechatpay-axios-plugin';

const FIVE_MINUTES = 300;

const { merchant, apiv3Key, call, given } = await json(process.stdin);
const { mchid, privateKey, certs } = merchant;
const { v3 } = new Wechatpay({ ...merchant, certs: { ...certs } });

const calls = {
  prepay: () => v3.pay.transactions.jsapi.post(given),
  query: () => v3.pay.transactions.outTradeNo.$out_trade_no$.get({ ...given, params: { mchid } }),
  queryTransaction: () => v3.pay.transactions.id.$transaction_id$.get({ ...given, params: { mchid } }),
  close: () => v3.pay.transactions.outTradeNo.$out_trade_no$.close.post({ mchid }, given),
  refund: () => v3.refund.domestic.refunds.post(given),
  queryRefund: () => v3.refund.domestic.refunds.$out_refund_no$.get(given),
};

// What wx.requestPayment gets on the payer's phone.
function sign({ appId, package: prepay }) {
  const timeStamp = `${Formatter.timestamp()}`;
  const nonceStr = Formatter.nonce();
  const text = Formatter.joinedByLineFeed(appId, timeStamp, nonceStr, prepay);
  return { timeStamp, nonceStr, package: prepay, signType: 'RSA', paySign: Rsa.sign(text, privateKey) };
}

function read({ headers, body }) {
  const of = (name) => headers[`wechatpay-${name}`];
  if (Math.abs(Formatter.timestamp() - of('timestamp')) > FIVE_MINUTES) return { error: 'too old' };
  const key = certs[of('serial')];
  if (!key) return { error: 'unknown key' };
  const signed = Formatter.response(of('timestamp'), of('nonce'), body);
  if (!Rsa.verify(signed, of('signature'), Rsa.from(key, Rsa.KEY_TYPE_PUBLIC))) {
    return { error: 'forged' };
  }
  const notice = JSON.parse(body);
  const { ciphertext, nonce, associated_data: aad } = notice.resource;
  return { ...notice, resource: JSON.parse(Aes.AesGcm.decrypt(ciphertext, apiv3Key, nonce, aad)) };
}

async function answer() {
  if (call === 'sign') return sign(given);
  if (call === 'read') return read(given);
  try {
    const { status, data } = await calls[call]();
    return { status, data };
  } catch (error) {
    if (!error.response) throw error;
    return { error: error.code, status: error.response.status, data: error.response.data };
  }
}

console.log(JSON.stringify(await answer()));
