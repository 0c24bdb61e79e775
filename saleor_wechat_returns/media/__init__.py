"""Makes pictures and videos anew, in a process of its own: `python -m saleor_wechat_returns.media`.

The only place that decodes what strangers sent. It knows no rows, no network and no Django, has
limits of memory and time, and is thrown away after one file.
"""
