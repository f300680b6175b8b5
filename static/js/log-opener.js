// Opens the log at the message the address names, and fetches the piece around one that the page does not hold.
// <log-opener hidden></log-opener> once a page. Says hold-place on body: the end is not followed then.
class LogOpener extends HTMLElement {
  connectedCallback() {
    window.addEventListener("hashchange", this.#open);
    this.#open();
  }

  disconnectedCallback() { window.removeEventListener("hashchange", this.#open); }

  #open = () => {
    const asked = new URLSearchParams(location.search);
    const [name, key] = location.hash.match(/^#message-([\w-]+)$/) ?? (asked.has("message") ? [`#message-${asked.get("message")}`, asked.get("message")] : []);
    if (!name) {
      if (asked.has("before") && document.getElementById("window")) document.getElementById("log").scrollTop = 2 ** 31;
      return;
    }
    const message = document.getElementById(name.slice(1));
    if (message) {
      document.body.dispatchEvent(new CustomEvent("hold-place"));
      message.scrollIntoView({ block: "center" });
    } else if (asked.get("message") !== key) location.replace(`${location.pathname}?message=${key}${name}`);
  };
}
customElements.define("log-opener", LogOpener);
