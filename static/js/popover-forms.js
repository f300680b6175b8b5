// A form in a popover closes once the server took it; a refused one stays open with its text.
// <popover-forms hidden></popover-forms> once a page; <form popover hx-post="…">
class PopoverForms extends HTMLElement {
  connectedCallback() { document.addEventListener("htmx:afterRequest", this.#answered); }

  disconnectedCallback() { document.removeEventListener("htmx:afterRequest", this.#answered); }

  #answered = ({ target, detail }) => {
    if (detail.successful && target.matches("form[popover]:popover-open")) target.hidePopover();
  };
}
customElements.define("popover-forms", PopoverForms);
