proc fromtwo {} {return [fromthree]2}
