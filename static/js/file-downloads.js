// Brings files to the person while the page stays: one that is written as it leaves by a link, one that is made first by a
// request of its own, so that a refusal can be told.
// <file-downloads hidden></file-downloads> once a page. Listens on body for download-file {address, name, waits}, also as an
// answer's HX-Trigger header, and for stop-download. Says file-ended {sentence?} on body; a sentence nobody takes is a toast.
class FileDownloads extends HTMLElement {
  #making = null;

  connectedCallback() {
    document.body.addEventListener("download-file", this.#asked);
    document.body.addEventListener("stop-download", this.#stop);
  }

  disconnectedCallback() {
    document.body.removeEventListener("download-file", this.#asked);
    document.body.removeEventListener("stop-download", this.#stop);
    this.#stop();
  }

  #stop = () => this.#making?.abort();

  #asked = ({ detail: { address, name, waits } }) => {
    if (waits) this.#make(address, name);
    else this.#save(address, "");
  };

  #save(address, name) {
    const link = Object.assign(document.createElement("a"), { href: address, download: name, hidden: true });
    document.body.append(link);
    link.click();
    link.remove();
  }

  async #make(address, name) {
    this.#stop();
    const making = this.#making = new AbortController();
    try {
      const answer = await fetch(address, { headers: { "HX-Request": "true" }, signal: making.signal });
      if (!answer.ok) return this.#end(answer.status < 500 || answer.status === 503 ? await answer.text() : "");
      const made = URL.createObjectURL(await answer.blob());
      this.#save(made, name);
      setTimeout(() => URL.revokeObjectURL(made), 60_000); // some browsers read it only after a while
      return this.#end();
    } catch { return making.signal.aborted || this.#end(""); }
  }

  #end(sentence) {
    const told = new CustomEvent("file-ended", { detail: { sentence }, cancelable: true });
    const heard = !document.body.dispatchEvent(told);
    if (!heard && sentence) document.body.dispatchEvent(new CustomEvent("show-toast", { detail: { text: sentence } }));
  }
}
customElements.define("file-downloads", FileDownloads);
