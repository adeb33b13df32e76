// SPDX-License-Identifier: Apache-2.0
import FaultlineCore

FaultlineSDK.start(Options(), transport: nil)
FaultlineSDK.setTag("consumer", "TakesFaultlineCore")
FaultlineSDK.addBreadcrumb(message: "one import is enough")
await FaultlineSDK.close()
print("TakesFaultlineCore ran")
