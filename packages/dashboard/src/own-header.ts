/**
 * A header that the page sends with every request. Other origins need a CORS preflight to send it, and the traffic tells
 * the page's own requests by it.
 */
export const OWN_HEADER = 'x-portico-dashboard'
