/** Opens the address of a dashboard as a browser does, and resolves to the cookies that it got. */
export async function openDashboard(dashboardUrl: string | undefined): Promise<string> {
  const { headers } = await fetch(dashboardUrl ?? '', { redirect: 'manual' })
  return headers
    .getSetCookie()
    .map((cookie) => cookie.split(';', 1)[0])
    .join('; ')
}
