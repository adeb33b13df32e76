cd ../faultline    # the checkout
.build/debug/faultline report
# Fatal error: Unexpectedly found nil while unwrapping an Optional value
#   release      shop@1.0
#   tags         article=cup
