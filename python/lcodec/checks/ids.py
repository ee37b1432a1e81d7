"""Every id of an error or a warning, and what it says; each is raised as ``lcodec:<id>``.

Tests compare this table with the calls of `fail` and `warn`, with the ids in MATLAB, and with
``docs/errors.md``, which ``docs/make_pages.py`` writes from it.
"""

from __future__ import annotations

DATA = {
    "badScale": "Squared differences or variances of a column overflow or vanish.",
    "complexInput": "Numbers must be real.",
    "emptyInput": "There are no rows, no columns or no samples.",
    "nonFinite": "There are NaN or infinite values.",
    "notMatrix": "More than two dimensions.",
    "notNumeric": "Text, containers or objects were given instead of numbers.",
    "notVector": "More than one column, or more than two dimensions.",
    "sizeMismatch": "Two arguments differ in rows or in shape.",
    "sparseInput": "Sparse matrices are not accepted.",
    "tooFewRows": "Fewer than 3 rows, or 3 without missing values.",
    "tooManyRows": "More rows than sums in 64 bits can hold.",
}
OPTIONS = {
    "optionRange": "A number is outside its range.",
    "optionType": "The value has the wrong type.",
    "optionValue": "The value is not one of the choices, or does not fit the data.",
    "unknownOption": "There is no such option; the message names the nearest one.",
}
WARNINGS = {
    "constantColumn": "Columns are constant: they are never selected.",
    "constantResponse": "The response is constant: T is 0/0. In a removal, an error.",
    "determinedResponse": "The response is a function of the conditioning columns: T is 0/0.",
    "poorExchange": "Rows near in `x` are too far apart for the conditional test.",
    "rowsDropped": "Rows with missing values were left out.",
}
PYTHON = {
    "device": "Arrays lie on a device that does not fit, or that this machine does not have.",
    "unknownChunks": "A dask array does not know the sizes of its chunks.",
}
MATLAB = {
    "missingInput": "A required argument is missing.",
    "optionName": "Options do not come in pairs of name and value.",
}
MODEL = {
    "batchAxis": "A layer does not keep the batch as its first axis.",
    "batchDependent": "The model's outputs for a sample depend on others in the batch.",
    "callOrder": "The model calls different layers in different passes.",
    "frozenModel": "No parameter requires a gradient.",
    "inferenceMode": "`torch.inference_mode` forbids gradients.",
    "inputDtype": "The inputs are of a type that cannot carry the noise.",
    "lazyModel": "A parameter has no shape yet: call the model once.",
    "lossBatch": "The loss is neither the mean nor the sum of the losses of single samples.",
    "lossCall": "The loss does not work on the outputs, on a batch and one sample at a time.",
    "lossSample": "The loss of a single sample is NaN.",
    "lossWeights": "A mean with class weights is not a sum over samples.",
    "metaDevice": "A parameter is on the meta device, without values.",
    "modelDtype": "The parameters are of several types, or there are none.",
    "modelInput": "The model does not take the inputs.",
    "modelOutput": "The outputs are not a tensor with one row per sample.",
    "noClasses": "The outputs are not those of a classifier.",
    "noLayers": "No layer is one that K-FAC knows.",
    "noMargin": "The outputs and targets have no margin.",
    "noSlices": "No trainable layer has slices.",
    "noTokens": "There is no token to replace, or none to replace it with.",
    "notBatches": "The data are neither a pair of tensors nor batches of such pairs.",
    "notPair": "The value is not a pair of tensors (inputs, targets).",
    "notReiterable": "The batches can be read only once.",
    "parameterUse": "A selected parameter is used outside the call of its module.",
    "perturbation": "`perturb` returned no finite tensors of the right shape.",
    "unknownLayer": "`layers` names a module that the model does not have.",
}
REMOVAL = {
    "allRemoved": "No row would be left.",
    "alreadyRemoved": "A sample was removed before.",
    "budgetSpent": "The removal may need more than the budget that is left.",
    "budgetTooSmall": "`max_parameters` is below the smallest slice chosen.",
    "duplicateIds": "An id comes twice.",
    "emptySelection": "LFOCI selected no slice.",
    "guard": "`guard` refused the removal.",
    "idType": "Ids must be whole numbers or strings.",
    "labels": "The labels are not 0 and 1, or -1 and 1.",
    "memoryLimit": "The curvature does not fit into `memory_limit`.",
    "missingOption": "An option must be given with another one.",
    "negativeCurvature": "The curvature along the gradient is not above 0.",
    "noDescent": "The step would raise the retained objective.",
    "noIds": "The retained data cannot be asked for samples by their ids.",
    "noInfluence": "The recording holds no influences.",
    "notConverged": "Iterations ended before they converged; for conjugate gradients, a warning.",
    "notFitted": "`fit` must be called first.",
    "notPositiveDefinite": "The damped curvature is not positive definite.",
    "nothingRetained": "No sample would be left.",
    "nothingToUndo": "There is no removal to take back.",
    "repeatedIds": "`rows` names a row twice.",
    "rowNorm": "A row is longer than 1.",
    "solver": "The solver does not fit the curvature.",
    "tooFew": "There are too few models or samples to compare.",
    "undoWeights": "The weights are not as the removal left them.",
    "unknownIds": "No retained sample has this id.",
}
FILES = {
    "forgetIds": "`--forget` holds no ids.",
    "ledgerChain": "A line of the ledger does not follow from the one before.",
    "ledgerClosed": "The ledger is closed.",
    "ledgerFile": "The ledger cannot be read.",
    "ledgerFormat": "The file is not a ledger of this version.",
    "ledgerLocked": "Another process holds the ledger.",
    "ledgerStep": "A saved step was changed, is gone, or leads to other weights.",
    "ledgerUndo": "An undo is not of the last removal still in force.",
    "ledgerWeights": "The weights are not those of the ledger.",
    "moduleName": "MODULE:NAME names nothing that can be imported.",
    "noLedger": "There is no ledger to resume from.",
    "noSafetensors": "The package safetensors is not installed.",
    "weightsFile": "There is no such file of weights.",
    "weightsFormat": "The file holds no state dict that can be read without running code.",
    "weightsModel": "The weights do not fit the model.",
    "writeFailed": "A file or folder cannot be written.",
}
