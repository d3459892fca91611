from synthinv.metrics.audio import mss as mss
from synthinv.metrics.audio import rms_cosine as rms_cosine
from synthinv.metrics.audio import sot as sot
from synthinv.metrics.audio import wmfcc as wmfcc
from synthinv.metrics.psd import psd_error as psd_error

__all__ = ["mss", "psd_error", "rms_cosine", "sot", "wmfcc"]
