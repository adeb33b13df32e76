// SPDX-License-Identifier: Apache-2.0
import Faultline

FaultlineSDK.start(Options())
FaultlineSDK.setTag("consumer", "TakesFaultline")
FaultlineSDK.addBreadcrumb(message: "one import is enough")
await FaultlineSDK.close()
print("TakesFaultline ran")
