"""Pages inside the Saleor Dashboard: shells without data, filled once the token is proven.

A frame gets its token by the Dashboard's bridge (static/bridge.js), never by URL or cookie.
"""
