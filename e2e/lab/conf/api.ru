# frozen_string_literal: true

# A second app on the lab's web hosts. It needs nobody: it stays well when the search service that the first app asks hangs.
require "json"

def answer(status, body)
  [status, { "content-type" => "application/json", "cache-control" => "no-store" }, [JSON.generate(body)]]
end

run(lambda do |env|
  case env["PATH_INFO"]
  when "/up" then answer(200, status: "up")
  when "/laps" then answer(200, host: ENV.fetch("HOST_NAME"), laps: (1..10).map { |lap| { lap: lap, seconds: 80 + (lap * 7 % 5) } })
  when "/cars" then answer(200, host: ENV.fetch("HOST_NAME"), cars: [1, 11, 16, 44, 63])
  else answer(404, error: "not found")
  end
end)
