"""The platforms, played over real HTTP. They share no code with the product."""
