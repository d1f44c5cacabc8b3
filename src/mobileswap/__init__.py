"""Ships image-to-image networks to phones: exports them, proves the files, times them, reports."""
