"""MobileFSGAN (ICME 2022): a generator of 2.5 M parameters and the MobileFaceNet that embeds the source face."""
