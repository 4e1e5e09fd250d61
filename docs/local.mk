# docs
dist_doc_DATA = docs/configuration.md etc/ptpar.ini
