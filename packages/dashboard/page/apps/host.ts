// The host of MCP Apps: an own script, which the page loads when a tool has an app.
import {
  AppBridge,
  type McpUiHostContext,
  PostMessageTransport,
} from '@modelcontextprotocol/ext-apps/app-bridge'
import { config } from 'zod'
import { VERSION } from '../version.ts'

// otherwise zod tries whether it may compile code, which the page's policy forbids and reports
config({ jitless: true })

/** An app as its resource has it. */
export interface AppDocument {
  html: string
  csp?: object
  permissions?: object
}

export type DisplayMode = 'inline' | 'fullscreen'

/** The page around an app. */
export interface AppPage {
  /** Sends a request of the app to the server. */
  request(method: string, params: object): Promise<any>
  /** Is called with everything that the app does, to be logged. */
  onevent(name: string, params: unknown): void
  onsize(size: { width?: number | undefined; height?: number | undefined }): void
  onmode(mode: DisplayMode): void
}

/** An app that is shown. */
export interface AppHost {
  setContext(context: McpUiHostContext): void
  close(): Promise<void>
}

interface Shown {
  frame: HTMLIFrameElement
  document: AppDocument
  tool: any
  args: unknown
  result: any
  context: McpUiHostContext
}

/** Starts the bridge between the page and the frame of an app. Set the address of the frame afterwards. */
export async function startHost(shown: Shown, page: AppPage): Promise<AppHost> {
  const { frame, document, args, result, context } = shown
  const inside = frame.contentWindow as Window
  const bridge = new AppBridge(
    null,
    { name: 'portico-dashboard', version: VERSION },
    { openLinks: {}, serverTools: {}, serverResources: {}, logging: {}, message: {}, updateModelContext: {} },
    { hostContext: { ...context, toolInfo: { tool: shown.tool } } },
  )
  answerRequests(bridge, page)
  bridge.onsandboxready = () => {
    void bridge.sendSandboxResourceReady({ sandbox: 'allow-scripts allow-forms', ...document })
  }
  bridge.oninitialized = () => {
    page.onevent('initialized', bridge.getAppVersion())
    void bridge
      .sendToolInput({ arguments: args as Record<string, unknown> })
      .then(() => bridge.sendToolResult(result))
  }
  await bridge.connect(new PostMessageTransport(inside, inside))
  return {
    setContext: (changed) => bridge.setHostContext({ ...changed, toolInfo: { tool: shown.tool } }),
    close: async () => {
      await bridge.close()
    },
  }
}

function answerRequests(bridge: AppBridge, page: AppPage): void {
  const pass = (method: string) => (params: object | undefined) => {
    page.onevent(method, params)
    return page.request(method, params ?? {})
  }
  bridge.oncalltool = pass('tools/call')
  bridge.onreadresource = pass('resources/read')
  bridge.onlistresources = pass('resources/list')
  bridge.onlistresourcetemplates = pass('resources/templates/list')
  bridge.onlistprompts = pass('prompts/list')
  bridge.onopenlink = async (params) => {
    page.onevent('ui/open-link', params)
    return {}
  }
  bridge.onmessage = async (params) => {
    page.onevent('ui/message', params)
    return {}
  }
  bridge.onupdatemodelcontext = async (params) => {
    page.onevent('ui/update-model-context', params)
    return {}
  }
  bridge.onrequestdisplaymode = async ({ mode }) => {
    page.onevent('ui/request-display-mode', { mode })
    const granted = mode === 'fullscreen' ? 'fullscreen' : 'inline'
    page.onmode(granted)
    return { mode: granted }
  }
  bridge.onloggingmessage = (params) => page.onevent('notifications/message', params)
  bridge.onsizechange = (size) => {
    page.onevent('ui/notifications/size-changed', size)
    page.onsize(size)
  }
}
