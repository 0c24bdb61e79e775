// Speaks with the Saleor Dashboard around this frame, and fills the page once a token is here.
// The Dashboard's origin comes from the browser, since its own script loses it after a navigation.
"use strict";
(() => {
  const root = document.documentElement;
  const keep = {
    get: (name) => { try { return sessionStorage.getItem(name); } catch { return null; } },
    set: (name, value) => { try { sessionStorage.setItem(name, value); } catch { /* private mode */ } },
  };
  const referrer = document.referrer && new URL(document.referrer).origin;
  const origin = location.ancestorOrigins?.[0] || keep.get("origin")
    || (referrer !== location.origin && referrer) || null;
  const asked = new URLSearchParams(location.search);
  let actions = 0;
  let token = null;

  const show = (html, status) => {
    const main = document.getElementById("content");
    main.innerHTML = html;  // our own server's page; scripts in it never run
    main.setAttribute("aria-busy", "false");
    root.dataset.status = status;
    resize();
  };

  const fill = async () => {
    const wanted = new URLSearchParams({ locale: keep.get("locale") || "" });
    if (asked.get("orderId")) wanted.set("orderId", asked.get("orderId"));
    try {
      const answer = await fetch(`${root.dataset.content}?${wanted}`, {
        headers: { Authorization: `Bearer ${token}` },
        credentials: "omit",
      });
      show(await answer.text(), answer.status);
    } catch {
      show('<p class="message">网络错误,请稍后再试。<br>Network error: please try again.</p>', 0);
    }
  };

  const dispatch = (type, payload = {}) =>
    parent.postMessage({ type, payload: { actionId: `returns-${++actions}`, ...payload } }, origin);

  let height = 0;
  const resize = () => {
    if (asked.get("orderId") === null || root.scrollHeight === height) return;
    height = document.body.scrollHeight;
    dispatch("widgetResize", { height });
  };

  const hear = {
    handshake: (payload) => { const first = !token; token = payload.token; if (first) fill(); },
    tokenRefresh: (payload) => { token = payload.token; },
    theme: (payload) => { root.dataset.theme = payload.theme; keep.set("theme", payload.theme); },
    localeChanged: (payload) => {
      const changed = payload.locale !== keep.get("locale");
      keep.set("locale", payload.locale);
      root.lang = payload.locale;
      if (changed && token) fill();
    },
  };

  root.dataset.theme = asked.get("theme") || keep.get("theme") || "light";
  if (parent === window || !origin) {
    addEventListener("DOMContentLoaded", () => {
      show(document.getElementById("outside").innerHTML, 0);
    });
    return;
  }
  keep.set("origin", origin);
  addEventListener("message", (event) => {
    if (event.source !== parent || event.origin !== origin) return;
    hear[event.data?.type]?.(event.data.payload ?? {});
  });
  dispatch("notifyReady");
})();
