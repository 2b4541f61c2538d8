"""Registers a layer for saving under the package name `ccv`."""

import keras

register = keras.saving.register_keras_serializable(package="ccv")
