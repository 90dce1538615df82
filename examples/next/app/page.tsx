export default function Page() {
  return <p>MCP clients connect to /mcp.</p>
}
