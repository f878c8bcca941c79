error "not this one"
