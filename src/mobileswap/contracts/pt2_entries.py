"""What a .pt2 file of ours holds besides PyTorch's own.

torch.export names inputs after the arguments of ``forward`` and outputs after whatever node came last, so that the
exporter writes the outputs' real names beside the graph: ``torch.export.save(..., extra_files={OUTPUT_NAMES: json})``.
"""

OUTPUT_NAMES = "output_names.json"  # a JSON list of strings, in the order in which ``forward`` returns them
