"""Wrong answers to lab 07: the classic mistakes about degradation, shortcuts, normalisation and what blocks cost."""

import numpy as np
from keras import layers

from ccv.grading import mutant

# -------------------------------------------------------------------------------------------------- degradation


def _verdict(shallow, deep, margin, last, mean=np.mean, cut=None):
    """The right diagnosis, with a wrong part put in by each mutant."""
    cut = cut or (lambda curve: curve[-last:])
    training, test = (mean(cut(d)) - mean(cut(s)) for s, d in zip(shallow, deep, strict=True))
    if training > margin:
        return "degradation"
    return "overfitting" if test > margin else "neither"


@mutant("diagnose", "a deep net that is worse on the test images need not overfit: look at the training errors first")
def test_errors_first(shallow, deep, margin=0.01, last=3):
    training, test = (np.mean(d[-last:]) - np.mean(s[-last:]) for s, d in zip(shallow, deep, strict=True))
    if test > margin:
        return "overfitting"
    return "degradation" if training > margin else "neither"


@mutant("diagnose", "degradation shows in training: compare the training errors of the two, not their test errors")
def by_test_errors(shallow, deep, margin=0.01, last=3):
    return _verdict(shallow[::-1], deep[::-1], margin, last)


@mutant(
    "diagnose", "the gap between training and test of one net is not asked for: compare the deep with the shallow net"
)
def by_the_gap(shallow, deep, margin=0.01, last=3):
    training = np.mean(deep[0][-last:]) - np.mean(shallow[0][-last:])
    gap = np.mean(deep[1][-last:]) - np.mean(deep[0][-last:])
    if training > margin:
        return "degradation"
    return "overfitting" if gap > margin else "neither"


@mutant("diagnose", "degradation asks only for a worse training error: the test error may be better all the same")
def worse_on_both(shallow, deep, margin=0.01, last=3):
    training, test = (np.mean(d[-last:]) - np.mean(s[-last:]) for s, d in zip(shallow, deep, strict=True))
    if training > margin and test > margin:
        return "degradation"
    return "overfitting" if test > margin else "neither"


@mutant("diagnose", "the deep net overfits too where its training error is equal: it need not be better in training")
def must_be_better_in_training(shallow, deep, margin=0.01, last=3):
    training, test = (np.mean(d[-last:]) - np.mean(s[-last:]) for s, d in zip(shallow, deep, strict=True))
    if training > margin:
        return "degradation"
    return "overfitting" if test > margin and training < -margin else "neither"


@mutant("diagnose", "curves rattle: take the mean over the last epochs, not the very last one")
def last_epoch(shallow, deep, margin=0.01, last=3):
    return _verdict(shallow, deep, margin, last, cut=lambda curve: curve[-1:])


@mutant("diagnose", "only the last epochs count: the first ones say nothing yet, and a whole curve has them in it")
def whole_curve(shallow, deep, margin=0.01, last=3):
    return _verdict(shallow, deep, margin, last, cut=lambda curve: curve)


@mutant("diagnose", "take the mean over the last epochs, not the best of them")
def best_epoch(shallow, deep, margin=0.01, last=3):
    return _verdict(shallow, deep, margin, last, mean=np.min)


@mutant("diagnose", "only the last epochs count: the first ones say nothing yet, and a whole curve has them in it")
def first_epochs(shallow, deep, margin=0.01, last=3):
    return _verdict(shallow, deep, margin, last, cut=lambda curve: curve[:last])


@mutant("diagnose", "the last epochs are `curve[-last:]`: without the minus only the first ones are left out")
def all_but_the_first_epochs(shallow, deep, margin=0.01, last=3):
    return _verdict(shallow, deep, margin, last, cut=lambda curve: curve[last:])


@mutant("diagnose", "curves rattle: take the mean over the last epochs, not one of them alone")
def one_epoch_near_the_end(shallow, deep, margin=0.01, last=3):
    return _verdict(shallow, deep, margin, last, cut=lambda curve: [curve[-last]])


@mutant("diagnose", "take the mean over the last epochs, not their sum")
def sums_the_epochs(shallow, deep, margin=0.01, last=3):
    return _verdict(shallow, deep, margin, last, mean=np.sum)


@mutant("diagnose", "a difference that is smaller than the margin is none")
def without_the_margin(shallow, deep, margin=0.01, last=3):
    return _verdict(shallow, deep, 0, last)


@mutant("diagnose", "exactly the margin is not more than the margin")
def at_least_the_margin(shallow, deep, margin=0.01, last=3):
    training, test = (np.mean(d[-last:]) - np.mean(s[-last:]) for s, d in zip(shallow, deep, strict=True))
    if training >= margin:
        return "degradation"
    return "overfitting" if test >= margin else "neither"


@mutant("diagnose", "an error that is lower by more than the margin is better: the sign of the difference counts")
def without_the_sign(shallow, deep, margin=0.01, last=3):
    training, test = (abs(np.mean(d[-last:]) - np.mean(s[-last:])) for s, d in zip(shallow, deep, strict=True))
    if training > margin:
        return "degradation"
    return "overfitting" if test > margin else "neither"


@mutant("diagnose", "the margin is on the other side: higher by more than it, not lower by less than it")
def margin_on_the_other_side(shallow, deep, margin=0.01, last=3):
    return _verdict(shallow, deep, -margin, last)


@mutant("diagnose", "the margin is a difference of errors, no part of one")
def margin_as_a_part(shallow, deep, margin=0.01, last=3):
    training, test = (np.mean(d[-last:]) / np.mean(s[-last:]) - 1 for s, d in zip(shallow, deep, strict=True))
    if training > margin:
        return "degradation"
    return "overfitting" if test > margin else "neither"


@mutant("diagnose", "the margin is an argument, not always 0.01")
def fixed_margin(shallow, deep, margin=0.01, last=3):
    return _verdict(shallow, deep, 0.01, last)


@mutant("diagnose", "the two networks are exchanged: it is the deeper one that is judged")
def exchanged(shallow, deep, margin=0.01, last=3):
    return _verdict(deep, shallow, margin, last)


@mutant("diagnose", "the two words are exchanged: a worse training error is degradation")
def words_exchanged(shallow, deep, margin=0.01, last=3):
    said = _verdict(shallow, deep, margin, last)
    return {"degradation": "overfitting", "overfitting": "degradation"}.get(said, said)


@mutant("diagnose", "how many epochs count is an argument, not always 3")
def fixed_last(shallow, deep, margin=0.01, last=3):
    return _verdict(shallow, deep, margin, 3)


# ------------------------------------------------------------------------------------------ identity and gradients


@mutant("identity_kernel", "a kernel of ones adds up its whole window: only the pixel in the middle is to come back")
def ones(channels, size=3):
    return np.ones((size, size, channels, channels))


@mutant("identity_kernel", "each filter must see its own channel only: this one adds up all channels")
def mixes_the_channels(channels, size=3):
    kernel = np.zeros((size, size, channels, channels))
    kernel[size // 2, size // 2] = 1
    return kernel


@mutant("identity_kernel", "every channel is to come back, not only the first")
def first_channel_alone(channels, size=3):
    kernel = np.zeros((size, size, channels, channels))
    kernel[size // 2, size // 2, 0, 0] = 1
    return kernel


@mutant("identity_kernel", "the identity matrix belongs to the two channel axes, not to height and width")
def identity_of_the_window(channels, size=3):
    return np.broadcast_to(np.eye(size)[:, :, None, None], (size, size, channels, channels)).copy()


@mutant("identity_kernel", "the identity matrix belongs to the two channel axes, not to height and width")
def identity_of_both(channels, size=3):
    return np.einsum("hw,cf->hwcf", np.eye(size), np.eye(channels))


@mutant("identity_kernel", "with the one in a corner the picture moves: it belongs in the middle of the window")
def in_the_corner(channels, size=3):
    kernel = np.zeros((size, size, channels, channels))
    kernel[0, 0] = np.eye(channels)
    return kernel


@mutant("identity_kernel", "counted from 0, the middle of `size` places is place size // 2: this is one further on")
def beside_the_middle(channels, size=3):
    kernel = np.zeros((size, size, channels, channels))
    kernel[(size + 1) // 2, (size + 1) // 2] = np.eye(channels)
    return kernel


@mutant("identity_kernel", "the middle is not always place 1: it depends on the size")
def always_place_one(channels, size=3):
    kernel = np.zeros((size, size, channels, channels))
    kernel[size > 1, size > 1] = np.eye(channels)
    return kernel


@mutant("identity_kernel", "the size need not be 3: use `size`")
def always_three(channels, size=3):
    kernel = np.zeros((3, 3, channels, channels))
    kernel[1, 1] = np.eye(channels)
    return kernel


@mutant("identity_kernel", "the identity stands in the middle alone: elsewhere in the window are zeros")
def everywhere(channels, size=3):
    return np.broadcast_to(np.eye(channels), (size, size, channels, channels)).copy()


@mutant("identity_kernel", "that is a mean over the window, a blur: the pixel itself is to come back")
def blur(channels, size=3):
    return np.broadcast_to(np.eye(channels) / size**2, (size, size, channels, channels)).copy()


@mutant("identity_kernel", "the channels are shared out: a single 1 is to be where channel and filter are the same")
def shared_out(channels, size=3):
    kernel = np.zeros((size, size, channels, channels))
    kernel[size // 2, size // 2] = 1 / channels
    return kernel


@mutant("identity_kernel", "the order of Keras is height, width, channels, filters: the channels come last here")
def channels_first(channels, size=3):
    kernel = np.zeros((channels, channels, size, size))
    kernel[:, :, size // 2, size // 2] = np.eye(channels)
    return kernel


@mutant("identity_kernel", "a kernel of zeros forgets everything: the identity of a plain layer has ones in it")
def zeros(channels, size=3):
    return np.zeros((size, size, channels, channels))


def _back(jacobians, last, step, start=0.0):
    """Norms from the first layer to the last, by one step back through a layer."""
    gradient = np.asarray(last, dtype=float)
    norms = [np.linalg.norm(gradient)]
    for jacobian in reversed(jacobians):
        gradient = step(np.asarray(jacobian, dtype=float), gradient)
        norms.append(np.linalg.norm(gradient))
    return norms[::-1]


@mutant("norms_by_depth", "the shortcut is forgotten: with one the gradient itself is added at every layer")
def no_shortcut(jacobians, last, shortcut=False):
    return _back(jacobians, last, lambda jacobian, gradient: jacobian.T @ gradient)


@mutant("norms_by_depth", "the shortcut is there always: without one the gradient is only multiplied")
def always_a_shortcut(jacobians, last, shortcut=False):
    def step(jacobian, gradient):
        back = jacobian.T @ gradient
        return back + gradient if back.shape == gradient.shape else back

    return _back(jacobians, last, step)


@mutant("norms_by_depth", "backwards a gradient goes through the transposed matrix")
def not_transposed(jacobians, last, shortcut=False):
    def step(jacobian, gradient):
        back = jacobian @ gradient if jacobian.shape[0] == jacobian.shape[1] else jacobian.T @ gradient
        return gradient + back if shortcut else back

    return _back(jacobians, last, step)


@mutant("norms_by_depth", "the list is the wrong way round: the gradient of the first layer comes first")
def last_one_first(jacobians, last, shortcut=False):
    step = lambda jacobian, gradient: jacobian.T @ gradient + (gradient if shortcut else 0)  # noqa: E731
    return _back(jacobians, last, step)[::-1]


@mutant("norms_by_depth", "the gradient comes from the end: begin with the last layer's matrix")
def from_the_front(jacobians, last, shortcut=False):
    gradient = np.asarray(last, dtype=float)
    norms = [np.linalg.norm(gradient)]
    for jacobian in jacobians:
        fits = jacobian.shape[0] == len(gradient)
        back = jacobian.T @ gradient if fits else jacobian @ np.resize(gradient, jacobian.shape[1])
        gradient = gradient + back if shortcut else back
        norms.append(np.linalg.norm(gradient))
    return norms[::-1]


@mutant("norms_by_depth", "the gradient at the end is missing: n layers have n + 1 norms")
def without_the_last(jacobians, last, shortcut=False):
    step = lambda jacobian, gradient: jacobian.T @ gradient + (gradient if shortcut else 0)  # noqa: E731
    return _back(jacobians, last, step)[:-1]


@mutant("norms_by_depth", "the gradient at the very front is missing: n layers have n + 1 norms")
def without_the_first(jacobians, last, shortcut=False):
    step = lambda jacobian, gradient: jacobian.T @ gradient + (gradient if shortcut else 0)  # noqa: E731
    return _back(jacobians, last, step)[1:]


@mutant("norms_by_depth", "norms do not multiply: the length of a product is not the product of lengths")
def product_of_norms(jacobians, last, shortcut=False):
    norms = [np.linalg.norm(last)]
    for jacobian in reversed(jacobians):
        norms.append(norms[-1] * (np.linalg.norm(jacobian, 2) + (1 if shortcut else 0)))
    return norms[::-1]


@mutant("norms_by_depth", "the norm is the root of the sum of squares, not the sum of squares itself")
def squared(jacobians, last, shortcut=False):
    step = lambda jacobian, gradient: jacobian.T @ gradient + (gradient if shortcut else 0)  # noqa: E731
    return [norm**2 for norm in _back(jacobians, last, step)]


@mutant("norms_by_depth", "the norm is the root of the sum of squares, not the sum of absolute values")
def sum_of_sizes(jacobians, last, shortcut=False):
    gradient = np.asarray(last, dtype=float)
    norms = [np.abs(gradient).sum()]
    for jacobian in reversed(jacobians):
        back = np.asarray(jacobian).T @ gradient
        gradient = gradient + back if shortcut else back
        norms.append(np.abs(gradient).sum())
    return norms[::-1]


@mutant("norms_by_depth", "with a shortcut it is the gradient that is added, not the number 1")
def adds_one(jacobians, last, shortcut=False):
    return _back(jacobians, last, lambda jacobian, gradient: jacobian.T @ gradient + (1 if shortcut else 0))


@mutant("norms_by_depth", "each layer adds the gradient that reaches it, not the one from the very end")
def adds_the_last_gradient(jacobians, last, shortcut=False):
    step = lambda jacobian, gradient: jacobian.T @ gradient + (np.asarray(last) if shortcut else 0)  # noqa: E731
    return _back(jacobians, last, step)


# ---------------------------------------------------------------------------------------------------- the block


def _conv(x, filters, kernel=3, stride=1, bias=False):
    return layers.Conv2D(filters, kernel, strides=stride, padding="same", use_bias=bias)(x)


def _norm(x):
    return layers.BatchNormalization()(x)


def _relu(x):
    return layers.ReLU()(x)


def _projected(x, filters, stride, norm=_norm):
    changes = stride > 1 or x.shape[-1] != filters
    return norm(_conv(x, filters, 1, stride)) if changes else x


def _two(x, filters, stride, bias=False, norm=_norm, strides=None, middle=_relu):
    first, second = strides or (stride, 1)
    y = middle(norm(_conv(x, filters, 3, first, bias)))
    return norm(_conv(y, filters, 3, second, bias))


def _sum(shortcut, y):
    return layers.Add()([shortcut, y])


@mutant("residual_block", "the ReLU comes after the sum, not before it")
def relu_before_the_sum(x, filters, stride=1):
    return _sum(_projected(x, filters, stride), _relu(_two(x, filters, stride)))


@mutant("residual_block", "there is one ReLU too many: the second convolution's result is added before any ReLU")
def relu_before_and_after(x, filters, stride=1):
    return _relu(_sum(_projected(x, filters, stride), _relu(_two(x, filters, stride))))


@mutant("residual_block", "the last ReLU is missing: it comes after the sum")
def no_last_relu(x, filters, stride=1):
    return _sum(_projected(x, filters, stride), _two(x, filters, stride))


@mutant("residual_block", "there is no ReLU between the two convolutions")
def no_relu_between(x, filters, stride=1):
    return _relu(_sum(_projected(x, filters, stride), _two(x, filters, stride, middle=lambda y: y)))


@mutant("residual_block", "the shortcut is missing: that is a plain block")
def plain(x, filters, stride=1):
    return _relu(_two(x, filters, stride))


@mutant("residual_block", "what is added is the input of the block, not the output of its first convolution")
def adds_the_first_output(x, filters, stride=1):
    y = _relu(_norm(_conv(x, filters, 3, stride)))
    return _relu(_sum(y, _norm(_conv(y, filters))))


@mutant("residual_block", "the maps are added, not put side by side")
def appends(x, filters, stride=1):
    return _relu(layers.Concatenate()([_projected(x, filters, stride), _two(x, filters, stride)]))


@mutant("residual_block", "the shortcut projects where nothing changes: there x itself is added")
def always_projects(x, filters, stride=1):
    return _relu(_sum(_norm(_conv(x, filters, 1, stride)), _two(x, filters, stride)))


@mutant("residual_block", "the projection has a batch normalisation of its own")
def projection_not_normalised(x, filters, stride=1):
    return _relu(_sum(_projected(x, filters, stride, norm=lambda y: y), _two(x, filters, stride)))


@mutant("residual_block", "the projection has no ReLU: the only one after it follows the sum")
def projection_with_relu(x, filters, stride=1):
    skip = _projected(x, filters, stride, norm=lambda y: _relu(_norm(y)))
    return _relu(_sum(skip, _two(x, filters, stride)))


@mutant("residual_block", "the projection is a 1x1 convolution, not a 3x3")
def projects_by_three(x, filters, stride=1):
    changes = stride > 1 or x.shape[-1] != filters
    return _relu(_sum(_norm(_conv(x, filters, 3, stride)) if changes else x, _two(x, filters, stride)))


@mutant("residual_block", "the convolutions have biases: the normalisation behind them adds one of its own")
def with_biases(x, filters, stride=1):
    changes = stride > 1 or x.shape[-1] != filters
    skip = _norm(_conv(x, filters, 1, stride, bias=True)) if changes else x
    return _relu(_sum(skip, _two(x, filters, stride, bias=True)))


@mutant("residual_block", "the batch normalisations are missing")
def not_normalised(x, filters, stride=1):
    same = lambda y: y  # noqa: E731
    return _relu(_sum(_projected(x, filters, stride, norm=same), _two(x, filters, stride, norm=same)))


@mutant("residual_block", "the stride belongs to the first of the two 3x3 convolutions")
def stride_in_the_second(x, filters, stride=1):
    return _relu(_sum(_projected(x, filters, stride), _two(x, filters, stride, strides=(1, stride))))


@mutant("residual_block", "the first convolution has the block's filters, not those of its input")
def filters_in_the_second(x, filters, stride=1):
    y = _relu(_norm(_conv(x, x.shape[-1], 3, stride)))
    return _relu(_sum(_projected(x, filters, stride), _norm(_conv(y, filters))))


@mutant("residual_block", "that is the later order, normalisation and ReLU first: here the convolution comes first")
def before_activation(x, filters, stride=1):
    y = _conv(_relu(_norm(x)), filters, 3, stride)
    y = _conv(_relu(_norm(y)), filters)
    return _sum(_projected(x, filters, stride), y)


@mutant("residual_block", "the ReLU of a convolution comes after its normalisation, not before")
def relu_before_the_norm(x, filters, stride=1):
    y = _norm(_relu(_conv(x, filters, 3, stride)))
    return _relu(_sum(_projected(x, filters, stride), _norm(_conv(y, filters))))


@mutant("residual_block", "one of the two 3x3 convolutions is missing")
def one_convolution(x, filters, stride=1):
    return _relu(_sum(_projected(x, filters, stride), _norm(_conv(x, filters, 3, stride))))


# --------------------------------------------------------------------------------------------------- normalisation


def _axes(x):
    return tuple(range(np.ndim(x) - 1))


def _normalise(x, gamma, beta, used, spread, epsilon):
    return gamma * (x - used) / np.sqrt(spread + epsilon) + beta


def _moved(x, mean, variance, momentum, axes=None, spread=np.var):
    axes = _axes(x) if axes is None else axes
    return momentum * mean + (1 - momentum) * x.mean(axes), momentum * variance + (1 - momentum) * spread(x, axis=axes)


@mutant("batch_norm", "that is training in both modes: at inference the moving averages normalise")
def always_training(x, gamma, beta, mean, variance, training, momentum=0.99, epsilon=1e-3):
    y = _normalise(x, gamma, beta, x.mean(_axes(x)), x.var(_axes(x)), epsilon)
    return y, *_moved(x, mean, variance, momentum)


@mutant("batch_norm", "at inference too the batch's own mean and variance are used: take the moving averages there")
def batch_at_inference(x, gamma, beta, mean, variance, training, momentum=0.99, epsilon=1e-3):
    y = _normalise(x, gamma, beta, x.mean(_axes(x)), x.var(_axes(x)), epsilon)
    return (y, *_moved(x, mean, variance, momentum)) if training else (y, mean, variance)


@mutant("batch_norm", "in training the batch's own mean and variance normalise, not the moving averages")
def averages_in_training(x, gamma, beta, mean, variance, training, momentum=0.99, epsilon=1e-3):
    y = _normalise(x, gamma, beta, mean, variance, epsilon)
    return (y, *_moved(x, mean, variance, momentum)) if training else (y, mean, variance)


@mutant("batch_norm", "the averages that have just been moved are used: in training the batch's own ones normalise")
def moved_averages_in_training(x, gamma, beta, mean, variance, training, momentum=0.99, epsilon=1e-3):
    if training:
        mean, variance = _moved(x, mean, variance, momentum)
    return _normalise(x, gamma, beta, mean, variance, epsilon), mean, variance


def _batch_norm(x, gamma, beta, mean, variance, training, momentum, epsilon, axes=None, move=None, spread=np.var,
                normalise=_normalise):  # fmt: skip
    """The right answer, with a wrong part put in by each mutant."""
    if not training:
        return normalise(x, gamma, beta, mean, variance, epsilon), mean, variance
    axes = _axes(x) if axes is None else axes
    y = normalise(x, gamma, beta, x.mean(axes, keepdims=True), spread(x, axis=axes, keepdims=True), epsilon)
    return y, *(move or _moved)(x, mean, variance, momentum)


def _batch_norm_over(x, gamma, beta, mean, variance, training, momentum, epsilon, axes):
    """The right answer, but for the axes that mean and variance are taken over."""
    if training:
        used, spread = x.mean(axes), x.var(axes)
        moved = [momentum * old + (1 - momentum) * new for old, new in ((mean, used), (variance, spread))]
        return _normalise(x, gamma, beta, used, spread, epsilon), *moved
    return _normalise(x, gamma, beta, mean, variance, epsilon), mean, variance


@mutant("batch_norm", "the mean of a channel goes over all images and all pixels, not over the images alone")
def over_the_images_alone(x, gamma, beta, mean, variance, training, momentum=0.99, epsilon=1e-3):
    return _batch_norm_over(x, gamma, beta, mean, variance, training, momentum, epsilon, 0)


@mutant("batch_norm", "each channel has a mean and a variance of its own: leave the last axis out")
def over_everything(x, gamma, beta, mean, variance, training, momentum=0.99, epsilon=1e-3):
    return _batch_norm_over(x, gamma, beta, mean, variance, training, momentum, epsilon, None)


@mutant("batch_norm", "the averages are never moved in training")
def never_moved(x, gamma, beta, mean, variance, training, momentum=0.99, epsilon=1e-3):
    return _batch_norm(
        x,
        gamma,
        beta,
        mean,
        variance,
        training,
        momentum,
        epsilon,
        move=lambda x, mean, variance, momentum: (mean, variance),
    )


@mutant("batch_norm", "the batch's own mean and variance are returned: they only move the averages a little")
def replaced(x, gamma, beta, mean, variance, training, momentum=0.99, epsilon=1e-3):
    return _batch_norm(
        x, gamma, beta, mean, variance, training, momentum, epsilon,
        move=lambda x, mean, variance, momentum: (x.mean(_axes(x)), x.var(_axes(x))),
    )  # fmt: skip


@mutant("batch_norm", "the momentum belongs to the old average, what is left of it to the batch")
def momentum_to_the_batch(x, gamma, beta, mean, variance, training, momentum=0.99, epsilon=1e-3):
    return _batch_norm(
        x, gamma, beta, mean, variance, training, momentum, epsilon,
        move=lambda x, mean, variance, momentum: _moved(x, mean, variance, 1 - momentum),
    )  # fmt: skip


@mutant("batch_norm", "the averages move at inference as well: they move in training only")
def moved_at_inference(x, gamma, beta, mean, variance, training, momentum=0.99, epsilon=1e-3):
    y, *_ = _batch_norm(x, gamma, beta, mean, variance, training, momentum, epsilon)
    return y, *_moved(x, mean, variance, momentum)


@mutant("batch_norm", "each image is normalised by itself: take mean and variance over the batch too")
def image_by_image(x, gamma, beta, mean, variance, training, momentum=0.99, epsilon=1e-3):
    axes = tuple(range(1, np.ndim(x) - 1)) or (0,)
    return _batch_norm(x, gamma, beta, mean, variance, training, momentum, epsilon, axes=axes)


@mutant("batch_norm", "the mean goes over the images only: take it over all pixels too, one number a channel")
def pixel_by_pixel(x, gamma, beta, mean, variance, training, momentum=0.99, epsilon=1e-3):
    return _batch_norm(x, gamma, beta, mean, variance, training, momentum, epsilon, axes=(0,))


@mutant("batch_norm", "one mean for all channels: each channel has its own")
def one_mean_for_all(x, gamma, beta, mean, variance, training, momentum=0.99, epsilon=1e-3):
    return _batch_norm(x, gamma, beta, mean, variance, training, momentum, epsilon, axes=tuple(range(np.ndim(x))))


@mutant("batch_norm", "epsilon is forgotten: it is added to the variance")
def without_epsilon(x, gamma, beta, mean, variance, training, momentum=0.99, epsilon=1e-3):
    return _batch_norm(x, gamma, beta, mean, variance, training, momentum, 0)


@mutant("batch_norm", "epsilon stands inside the root, added to the variance")
def epsilon_outside(x, gamma, beta, mean, variance, training, momentum=0.99, epsilon=1e-3):
    return _batch_norm(
        x, gamma, beta, mean, variance, training, momentum, epsilon,
        normalise=lambda x, gamma, beta, used, spread, epsilon: gamma * (x - used) / (np.sqrt(spread) + epsilon) + beta,
    )  # fmt: skip


@mutant("batch_norm", "divide by the root of the variance, not by the variance")
def divides_by_the_variance(x, gamma, beta, mean, variance, training, momentum=0.99, epsilon=1e-3):
    return _batch_norm(
        x, gamma, beta, mean, variance, training, momentum, epsilon,
        normalise=lambda x, gamma, beta, used, spread, epsilon: gamma * (x - used) / (spread + epsilon) + beta,
    )  # fmt: skip


@mutant("batch_norm", "gamma and beta are forgotten: they scale and shift what was normalised")
def without_gamma_and_beta(x, gamma, beta, mean, variance, training, momentum=0.99, epsilon=1e-3):
    return _batch_norm(x, 1, 0, mean, variance, training, momentum, epsilon)


@mutant("batch_norm", "gamma scales first and beta is added after that")
def beta_scaled_too(x, gamma, beta, mean, variance, training, momentum=0.99, epsilon=1e-3):
    return _batch_norm(
        x, gamma, beta, mean, variance, training, momentum, epsilon,
        normalise=lambda x, gamma, beta, used, spread, epsilon: gamma * ((x - used) / np.sqrt(spread + epsilon) + beta),
    )  # fmt: skip


@mutant("batch_norm", "the variance is divided by the count, not by one less")
def one_less(x, gamma, beta, mean, variance, training, momentum=0.99, epsilon=1e-3):
    def spread(x, axis, keepdims=False):
        return np.var(x, axis=axis, keepdims=keepdims, ddof=1)

    return _batch_norm(
        x, gamma, beta, mean, variance, training, momentum, epsilon, spread=spread,
        move=lambda x, mean, variance, momentum: _moved(x, mean, variance, momentum, spread=spread),
    )  # fmt: skip


# --------------------------------------------------------------------------------------------------- the landscape


def _sizes(weights):
    return np.sqrt(np.sum(np.square(weights), axis=tuple(range(weights.ndim - 1)), keepdims=True))


@mutant("filter_normalised", "one factor for the whole kernel: each filter needs one of its own")
def whole_kernel(direction, kernel):
    return direction * np.linalg.norm(kernel.ravel()) / np.linalg.norm(direction.ravel())


@mutant("filter_normalised", "that is of length 1: each filter is to have the norm of the kernel's filter")
def unit_length(direction, kernel):
    return direction / _sizes(direction)


@mutant("filter_normalised", "the direction's own length is still in it: divide by its filters' norms first")
def not_divided(direction, kernel):
    return direction * _sizes(kernel)


@mutant("filter_normalised", "the ratio is upside down: the kernel's norm above, the direction's below")
def upside_down(direction, kernel):
    return direction * _sizes(direction) / _sizes(kernel)


@mutant("filter_normalised", "a norm is the root of the sum of squares: here the root is missing")
def squared_norms(direction, kernel):
    return direction * (_sizes(kernel) / _sizes(direction)) ** 2


@mutant("filter_normalised", "a norm is the root of the sum of squares, not the sum of absolute values")
def sums_of_sizes(direction, kernel):
    axes = tuple(range(kernel.ndim - 1))
    return direction * np.abs(kernel).sum(axes) / np.abs(direction).sum(axes)


@mutant("filter_normalised", "a filter stands under one index of the last axis, not of the last but one")
def by_channels(direction, kernel):
    axes = tuple(n for n in range(kernel.ndim) if n != kernel.ndim - 2)
    sizes = [np.sqrt(np.sum(np.square(weights), axis=axes, keepdims=True)) for weights in (kernel, direction)]
    return direction * sizes[0] / sizes[1]


@mutant("filter_normalised", "the norms go along the last axis, across the filters: they go over all axes but the last")
def across_the_filters(direction, kernel):
    return (
        direction * np.linalg.norm(kernel, axis=-1, keepdims=True) / np.linalg.norm(direction, axis=-1, keepdims=True)
    )


@mutant("filter_normalised", "the norm goes over the whole filter, its channels included, not over each window")
def by_windows(direction, kernel):
    axes = tuple(range(kernel.ndim - 2))
    sizes = [np.sqrt(np.sum(np.square(weights), axis=axes, keepdims=True)) for weights in (kernel, direction)]
    return direction * sizes[0] / sizes[1]


@mutant("filter_normalised", "that makes the largest number equal, not the norm")
def by_the_largest(direction, kernel):
    axes = tuple(range(kernel.ndim - 1))
    return direction * np.abs(kernel).max(axes) / np.abs(direction).max(axes)


@mutant("filter_normalised", "it is the direction that is scaled and returned, not the kernel")
def scales_the_kernel(direction, kernel):
    return kernel * _sizes(direction) / _sizes(kernel)


# ------------------------------------------------------------------------------------------------------- counting


@mutant("count_layers", "one layer is missing: the first convolution and the dense layer at the end have weights, too")
def without_the_stem(blocks, bottleneck):
    return sum(blocks), sum(blocks) * (3 if bottleneck else 2) + 1


@mutant("count_layers", "before the blocks there is a convolution and after them a dense layer: both count")
def blocks_alone(blocks, bottleneck):
    return sum(blocks), sum(blocks) * (3 if bottleneck else 2)


@mutant("count_layers", "the number of layers is not the number of blocks: ask how many there are of each")
def layers_as_blocks(blocks, bottleneck):
    layers = 2 + sum(blocks) * (3 if bottleneck else 2)
    return layers, layers


@mutant("count_layers", "a bottleneck has three convolutions, a basic block two")
def always_two(blocks, bottleneck):
    return sum(blocks), 2 + 2 * sum(blocks)


@mutant("count_layers", "a basic block has two convolutions, a bottleneck three")
def always_three_layers(blocks, bottleneck):
    return sum(blocks), 2 + 3 * sum(blocks)


@mutant("count_layers", "the two kinds are exchanged: a bottleneck has three convolutions")
def kinds_exchanged(blocks, bottleneck):
    return sum(blocks), 2 + sum(blocks) * (2 if bottleneck else 3)


@mutant("count_layers", "the projections on the shortcuts do not count: they are not on the longest way")
def counts_projections(blocks, bottleneck):
    return sum(blocks), 2 + sum(blocks) * (3 if bottleneck else 2) + len(blocks) - (not bottleneck)


@mutant("count_layers", "the poolings have no weights: they do not count")
def counts_poolings(blocks, bottleneck):
    return sum(blocks), 4 + sum(blocks) * (3 if bottleneck else 2)


@mutant("count_layers", "the number of blocks is the sum over the stages, not the number of stages")
def counts_stages(blocks, bottleneck):
    return len(blocks), 2 + sum(blocks) * (3 if bottleneck else 2)


@mutant("bottleneck_weights", "the last 1x1 is missing: it brings the maps back to `channels`")
def no_way_back(channels, inner):
    return channels * inner + 9 * inner**2, 18 * channels**2


@mutant("bottleneck_weights", "the 3x3 stands between `inner` channels, on both sides")
def three_on_all_channels(channels, inner):
    return 2 * channels * inner + 9 * channels * inner, 18 * channels**2


@mutant("bottleneck_weights", "the middle layer is 3x3: each weight of a 1x1 becomes nine")
def three_ones(channels, inner):
    return 2 * channels * inner + inner**2, 18 * channels**2


@mutant("bottleneck_weights", "a 3x3 kernel has nine places, not three")
def three_places(channels, inner):
    return 2 * channels * inner + 3 * inner**2, 6 * channels**2


@mutant("bottleneck_weights", "the block to compare with has two 3x3 convolutions")
def one_three(channels, inner):
    return 2 * channels * inner + 9 * inner**2, 9 * channels**2


@mutant("bottleneck_weights", "the biases are included: they were not asked for")
def counted_biases(channels, inner):
    return 2 * channels * inner + 9 * inner**2 + 2 * inner + channels, 18 * channels**2 + 2 * channels


@mutant(
    "bottleneck_weights", "a filter reaches through all channels below it: the number of filters alone is not enough"
)
def flat_filters(channels, inner):
    return inner + 9 * inner + channels, 18 * channels


@mutant("bottleneck_weights", "the two 3x3 have `channels` channels, not `inner`")
def narrow_basic(channels, inner):
    return 2 * channels * inner + 9 * inner**2, 18 * inner**2


@mutant("bottleneck_weights", "the two are exchanged: the bottleneck comes first")
def basic_first(channels, inner):
    return 18 * channels**2, 2 * channels * inner + 9 * inner**2


@mutant("bottleneck_weights", "the inner channels are given, they are not always a quarter")
def always_a_quarter(channels, inner):
    return channels * channels // 2 + 9 * (channels // 4) ** 2, 18 * channels**2


def _nearest(channels, inner, cost, budget=None):
    budget = 2 * channels * inner + 9 * inner**2 if budget is None else budget
    return min(range(1, inner + 1), key=lambda d: abs(cost(d) - budget))


@mutant("resnext_width", "sharing out the inner channels saves weights: the block would cost far less than before")
def shared_inner(channels, inner, cardinality):
    return max(1, inner // cardinality)


@mutant("resnext_width", "the 3x3 is cut into groups: a group reads its own d channels only, not those of all groups")
def not_grouped(channels, inner, cardinality):
    return _nearest(channels, inner, lambda d: 2 * channels * cardinality * d + 9 * (cardinality * d) ** 2)


@mutant("resnext_width", "the two 1x1 convolutions grow with the number of groups too")
def groups_in_the_middle_only(channels, inner, cardinality):
    return _nearest(channels, inner, lambda d: 2 * channels * d + 9 * cardinality * d * d)


@mutant("resnext_width", "only the 3x3 was balanced: the 1x1 convolutions cost weights too")
def middle_alone(channels, inner, cardinality):
    return _nearest(channels, inner, lambda d: 9 * cardinality * d * d, 9 * inner**2)


@mutant("resnext_width", "only the 3x3 was balanced: the 1x1 convolutions cost weights too")
def root_of_the_groups(channels, inner, cardinality):
    return max(1, round(inner / cardinality**0.5))


@mutant("resnext_width", "only one of the two 1x1 convolutions was counted")
def one_pointwise(channels, inner, cardinality):
    return _nearest(channels, inner, lambda d: cardinality * d * (channels + 9 * d), channels * inner + 9 * inner**2)


@mutant("resnext_width", "of two widths that are equally near, the smaller one was asked for")
def larger_of_two(channels, inner, cardinality):
    budget = 2 * channels * inner + 9 * inner**2
    return min(range(inner, 0, -1), key=lambda d: abs(cardinality * d * (2 * channels + 9 * d) - budget))


@mutant("resnext_width", "the nearest may be a little above the budget: this one never is")
def never_above(channels, inner, cardinality):
    budget = 2 * channels * inner + 9 * inner**2
    return max([d for d in range(1, inner + 1) if cardinality * d * (2 * channels + 9 * d) <= budget], default=1)


@mutant("resnext_width", "the nearest may be a little below the budget: this one is always above it or equal")
def never_below(channels, inner, cardinality):
    budget = 2 * channels * inner + 9 * inner**2
    return min(d for d in range(1, inner + 1) if cardinality * d * (2 * channels + 9 * d) >= budget)


@mutant("resnext_width", "the width of one group is asked for, not that of all of them together")
def of_all_groups(channels, inner, cardinality):
    return cardinality * _nearest(channels, inner, lambda d: cardinality * d * (2 * channels + 9 * d))


@mutant("resnext_width", "the channels outside are given: they are not always 256")
def always_256(channels, inner, cardinality):
    return _nearest(256, inner, lambda d: cardinality * d * (512 + 9 * d))


@mutant("resnext_width", "a 3x3 kernel has nine places, not three")
def three_places_a_group(channels, inner, cardinality):
    return _nearest(
        channels, inner, lambda d: cardinality * d * (2 * channels + 3 * d), 2 * channels * inner + 3 * inner**2
    )


def _dense(blocks, growth, start=None, add=None, halve=lambda n: n // 2):
    channels = 2 * growth if start is None else start
    seen = []
    for count in blocks:
        channels = (add or (lambda channels, count: channels + count * growth))(channels, count)
        seen.append(channels)
        channels = halve(channels)
        seen.append(channels)
    return seen[:-1]


@mutant("densenet_channels", "the first convolution gives 2k channels: the block begins with these")
def begins_with_nothing(blocks, growth):
    return _dense(blocks, growth, start=0)


@mutant("densenet_channels", "the first convolution gives 2k channels, not k")
def begins_with_k(blocks, growth):
    return _dense(blocks, growth, start=growth)


@mutant("densenet_channels", "the first convolution gives 2k channels: these are 64 only for k = 32")
def always_begins_with_64(blocks, growth):
    return _dense(blocks, growth, start=64)


@mutant("densenet_channels", "the input of a block stays in its output: the new maps are appended to it")
def forgets_the_input(blocks, growth):
    return _dense(blocks, growth, add=lambda channels, count: count * growth)


@mutant("densenet_channels", "that is a residual block, which adds: a dense block appends")
def adds_instead(blocks, growth):
    return _dense(blocks, growth, add=lambda channels, count: channels)


@mutant("densenet_channels", "every layer appends k maps, not the block as a whole")
def once_a_block(blocks, growth):
    return _dense(blocks, growth, add=lambda channels, count: channels + growth)


@mutant("densenet_channels", "a layer appends k maps: the 4k of its 1x1 stay inside")
def appends_four_k(blocks, growth):
    return _dense(blocks, growth, add=lambda channels, count: channels + 4 * count * growth)


@mutant("densenet_channels", "each layer appends the same k maps: the channels do not double")
def doubles(blocks, growth):
    return _dense(blocks, growth, add=lambda channels, count: channels * 2)


@mutant("densenet_channels", "a transition halves the channels")
def never_halves(blocks, growth):
    return _dense(blocks, growth, halve=lambda n: n)


@mutant("densenet_channels", "after the last block there is no transition")
def transition_at_the_end(blocks, growth):
    seen = _dense(blocks, growth)
    return [*seen, seen[-1] // 2]


@mutant("densenet_channels", "the transitions are missing from the list: a number after each block and each transition")
def blocks_only(blocks, growth):
    return _dense(blocks, growth)[::2]


@mutant("densenet_channels", "half of an odd number is rounded down")
def rounds_up(blocks, growth):
    return _dense(blocks, growth, halve=lambda n: -(-n // 2))
