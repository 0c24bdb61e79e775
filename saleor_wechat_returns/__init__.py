"""Returns and WeChat Pay refunds for Saleor shops that sell in WeChat mini-programs."""

__version__ = "0.1.0"
