import relay

print(relay.twice(int(input())))
