// A page that says what went wrong is never put into a part of this one; a toast says it instead.
// <part-guard hidden data-gone="That is not here any more." data-failed="…"></part-guard> once a page.
class PartGuard extends HTMLElement {
  connectedCallback() { document.addEventListener("htmx:beforeSwap", this.#look); }

  disconnectedCallback() { document.removeEventListener("htmx:beforeSwap", this.#look); }

  #look = ({ detail }) => {
    if (!detail.isError || !/^\s*<!doctype/i.test(detail.serverResponse)) return;
    detail.shouldSwap = false;
    const text = detail.xhr.status === 404 ? this.dataset.gone : this.dataset.failed;
    document.body.dispatchEvent(new CustomEvent("show-toast", { detail: { text } }));
  };
}
customElements.define("part-guard", PartGuard);
