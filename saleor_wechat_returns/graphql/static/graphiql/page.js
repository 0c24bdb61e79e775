// Dialogs bring <style> elements of their own: they take the page's nonce from this name.
window.__webpack_nonce__ = document.currentScript.nonce;

const HEADERS = '{\n  "Authorization": "Bearer "\n}';
const QUERY = `# Log in: put Saleor's token, or one of wechatSessionCreate or
# returnGuestSessionCreate, into the headers below.
{
  returnRequests(first: 10) {
    edges { node { number statusLabel(languageCode: EN) } }
  }
}
`;

ReactDOM.createRoot(document.getElementById("graphiql")).render(
  React.createElement(GraphiQL, {
    fetcher: GraphiQL.createFetcher({ url: window.location.pathname }),
    defaultQuery: QUERY,
    defaultHeaders: HEADERS,
    shouldPersistHeaders: false, // a token does not outlive the page
  }),
);
