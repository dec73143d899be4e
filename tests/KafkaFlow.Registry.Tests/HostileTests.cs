using System.Net.Sockets;
using System.Text;
using KafkaFlow.Broker;

namespace KafkaFlow.Registry.Tests;

[Trait("tier", "fast")]
public sealed class HostileTests(OwnBroker broker, ITestOutputHelper output)
{
    [Fact]
    public async Task Bodies_that_are_too_large_or_no_json_are_refused_and_others_served()
    {
        await using var server = await RegistryServer.StartAsync(broker.Options());
        using var client = new RestClient(server.Address);
        var large = RestClient.Schema($"{{\"type\":\"enum\",\"name\":\"{new string('E', 10_000_000)}\",\"symbols\":[]}}");
        for (var i = 0; i < 5; i++) Assert.Equal(413, await StatusOfAsync(server, large));
        string[] bodies =
        [
            "{", "[", "\"", "{\"schema\":\"\\ud800\"}", "nul", "{\"schema\":1}", new string('[', 100_000),
            string.Concat(Enumerable.Repeat("{\"a\":", 1_000)) + "1" + new string('}', 1_000), "\u0000", "{}{}",
            "{\"schema\":[\"int\"]}", "[]", "1",
        ];
        foreach (var body in bodies)
        {
            var answer = await client.SendAsync("POST", "/subjects/s/versions", body);
            Assert.True(answer.Status is 400 or 422 && answer.ErrorCode is 400 or 42201, $"{body[..Math.Min(50, body.Length)]}: {answer}");
        }
        Assert.Equal(415, (await client.SendAsync("POST", "/subjects/s/versions", "{}", "text/plain")).Status);
        Assert.Equal(200, (await client.SendAsync("PUT", "/config", """{"compatibility":"FULL"}""", "application/json; charset=utf-8")).Status);
        Assert.Equal(42208, (await client.SendAsync("GET", $"/subjects/{new string('s', 1_001)}/versions")).ErrorCode);
        Assert.Equal(42208, (await client.SendAsync("GET", "/config/a%01b")).ErrorCode);
        Assert.Equal(1, await client.RegisterAsync("s", "\"int\""));
    }

    [Fact]
    public async Task Schemas_that_are_deep_or_dear_to_compare_get_an_answer()
    {
        await using var server = await RegistryServer.StartAsync(broker.Options());
        using var client = new RestClient(server.Address);
        var deep = string.Concat(Enumerable.Repeat("{\"type\":\"array\",\"items\":", 5_000)) + "\"int\"" + new string('}', 5_000);
        Assert.Equal(42201, (await client.SendAsync("POST", "/subjects/d/versions", RestClient.Schema(deep))).ErrorCode);

        // Two rings of records: pairs go round until both rings meet again, 97 times 89 of them.
        await client.RegisterAsync("ring", Ring(97));
        var answer = await client.SendAsync("POST", "/subjects/ring/versions", RestClient.Schema(Ring(89)));
        Assert.Equal(409, answer.Status);
        Assert.Contains("TOO_LARGE", (string)answer.Body!["message"]!, StringComparison.Ordinal);

        // Every branch of a union against every branch of another: 4,000,000 pairs.
        await client.RegisterAsync("wide", Wide(2_000, "a"));
        answer = await client.SendAsync("POST", "/subjects/wide/versions", RestClient.Schema(Wide(2_000, "b")));
        Assert.Equal(409, answer.Status);
        Assert.Contains("TOO_LARGE", (string)answer.Body!["message"]!, StringComparison.Ordinal);
        Assert.Equal(200, (await client.SendAsync("GET", "/subjects")).Status);
    }

    [Fact]
    public async Task Concurrent_registrations_give_each_schema_one_id()
    {
        await using var server = await RegistryServer.StartAsync(broker.Options());
        using var client = new RestClient(server.Address);
        var same = await Task.WhenAll(Enumerable.Range(0, 200).Select(i => client.RegisterAsync($"same{i % 7}", "\"int\"")));
        Assert.Single(same.Distinct());
        var different = await Task.WhenAll(Enumerable.Range(0, 200).Select(i => client.RegisterAsync(
            $"different{i}", $$"""{"type":"fixed","name":"F{{i}}","size":1}""")));
        Assert.Equal(200, different.Distinct().Count());
        Assert.Equal(Enumerable.Range(1, 201), different.Append(same[0]).Order());
        for (var i = 0; i < 7; i++)
            Assert.Equal("[1]", (await client.SendAsync("GET", $"/subjects/same{i}/versions")).Body!.ToJsonString());
    }

    [Fact]
    public async Task Broken_and_silent_connections_do_not_keep_others_out()
    {
        var options = broker.Options() with { RequestTimeout = TimeSpan.FromSeconds(2) };
        await using var server = await RegistryServer.StartAsync(options);
        string[] starts =
        [
            "", "GET", "GET / HTTP/1.1\r\nHost: x\r\n", "\u0016\u0003\u0001", "POST /subjects/s HTTP/1.1\r\nHost: x\r\n"
            + "Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{", "GET /%zz HTTP/1.1\r\nHost: x\r\n\r\n",
            $"GET /{new string('a', 50_000)} HTTP/1.1\r\nHost: x\r\n\r\n",
        ];
        var sockets = new List<TcpClient>();
        for (var i = 0; i < 20; i++)
        {
            foreach (var start in starts)
            {
                var socket = new TcpClient("127.0.0.1", server.Address.Port);
                sockets.Add(socket);
                await socket.GetStream().WriteAsync(Encoding.Latin1.GetBytes(start));
            }
        }
        using var client = new RestClient(server.Address);
        Assert.Equal(200, (await client.SendAsync("GET", "/subjects")).Status);
        sockets.ForEach(socket => socket.Dispose());
    }

    [Fact]
    public async Task A_broker_that_is_gone_is_a_clear_error_and_looking_goes_on()
    {
        var own = await EmbeddedBroker.StartAsync();
        await using var server = await RegistryServer.StartAsync(
            OwnBroker.OptionsOn(own.Bootstrap) with { KafkaTimeout = TimeSpan.FromSeconds(2) });
        using var client = new RestClient(server.Address);
        await client.RegisterAsync("s", "\"int\"");
        await own.DisposeAsync();
        var answer = await client.SendAsync("PUT", "/config", """{"compatibility":"FULL"}""");
        output.WriteLine(answer.ToString());
        Assert.Equal((500, 50001), (answer.Status, answer.ErrorCode));
        Assert.Equal("\"int\"", (string)(await client.SendAsync("GET", "/schemas/ids/1")).Body!["schema"]!);
        Assert.Equal("BACKWARD", (string)(await client.SendAsync("GET", "/config")).Body!["compatibilityLevel"]!);
    }

    /// <summary>The server answers while the body is still on its way and then hangs up.</summary>
    private static async Task<int> StatusOfAsync(RegistryServer server, string body)
    {
        using var socket = new TcpClient("127.0.0.1", server.Address.Port);
        var stream = socket.GetStream();
        await stream.WriteAsync(Encoding.UTF8.GetBytes(
            $"POST /subjects/s/versions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n"));
        await stream.WriteAsync(Encoding.UTF8.GetBytes(body[..100_000]));
        var answer = new byte[12];
        await stream.ReadExactlyAsync(answer);
        return int.Parse(Encoding.ASCII.GetString(answer)[9..], System.Globalization.CultureInfo.InvariantCulture);
    }

    private static string Ring(int length)
    {
        var schema = "\"R0\"";
        for (var i = length - 1; i >= 0; i--)
            schema = $$"""{"type":"record","name":"{{(i == 0 ? "R0" : $"n{length}.n{i}.R")}}","fields":[{"name":"f","type":["null",{{schema}}]}]}""";
        return schema;
    }

    private static string Wide(int branches, string space) => $"[{string.Join(',', Enumerable.Range(0, branches).Select(i =>
        $$"""{"type":"fixed","name":"{{space}}{{i}}","size":1}"""))}]";
}
