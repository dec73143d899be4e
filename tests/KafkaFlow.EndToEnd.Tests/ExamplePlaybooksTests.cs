using System.Text.Json.Nodes;

namespace KafkaFlow.EndToEnd.Tests;

/// <summary>The playbooks of the repository, with Kafka, engine and workers, end as their comments say.</summary>
[Trait("tier", "fast")]
[Trait("needs", "kafka")]
[Trait("needs", "postgres")]
public sealed class ExamplePlaybooksTests(Stack stack)
{
    [Fact]
    public async Task Loop_yaml_runs_items_in_order_a_while_loop_and_attempts()
    {
        var run = await RunAsync(0, "playbooks/loop.yaml", "--set", "cities=[\"Oslo\",\"Berlin\",\"Rome\"]");
        Assert.Equal(
            """{"forecast":[{"city":"Oslo","degrees":12},{"city":"Berlin","degrees":18},{"city":"Rome","degrees":12}],"counted":3,"asked":3}""",
            run["result"]!.ToJsonString());
        Assert.Equal(3, (int)run["steps"]!.AsArray().Single(s => (string)s!["step"]! == "fetch")!["attempts"]!);
    }

    [Fact]
    public async Task Saga_yaml_undoes_in_reverse_order_and_reports()
    {
        var run = await RunAsync(8, "playbooks/saga.yaml");
        Assert.Equal("FAILED", (string)run["status"]!);
        var done = run["steps"]!.AsArray().Where(s => (string)s!["status"]! == "COMPLETED").Select(s => (string)s!["step"]!);
        Assert.Equal(["start", "hotel", "flight", "cancel_flight", "cancel_hotel", "report"], done);
        Assert.Equal("""{"cancelled":"F-2"}""", ResultOf(run, "cancel_flight"));
        Assert.Equal("""{"status":"FAILED","why":"the card is expired"}""", ResultOf(run, "report"));

        var paid = await RunAsync(0, "playbooks/saga.yaml", "--set", "card=valid");
        Assert.Equal("""{"paid":true}""", paid["result"]!.ToJsonString());
        Assert.Equal("""{"status":"COMPLETED","why":""}""", ResultOf(paid, "report"));
    }

    [Fact]
    public async Task Subplaybook_yaml_starts_a_run_of_its_own_per_item()
    {
        await stack.CallAsync("playbook", "register", "playbooks/order.yaml");
        var run = await RunAsync(0, "playbooks/subplaybook.yaml");
        Assert.Equal([62.5, 337.5], run["result"]!.AsArray().Select(order => (double)order!["total"]!));
        var id = (string)run["execution_id"]!;
        foreach (var item in new[] { 0, 1 })
        {
            var (result, child) = await stack.CallAsync("execution", "show", $"{id}~orders.1.{item}.1");
            Assert.True(result.ExitCode == 0, result.ToString());
            Assert.Equal("COMPLETED", (string)child!["status"]!);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Approval_yaml_waits_for_a_time_a_decision_and_a_signal(bool approved)
    {
        var id = $"trip-{approved}";
        await stack.CallAsync("playbook", "register", "playbooks/approval.yaml");
        await stack.CallAsync("execution", "start", "examples/approval", "--id", id);
        await Live.WaitsForAsync(stack, id, "approval");
        string[] decision = approved ? ["approve", id, "ask#1", "--form", "{\"limit\":500}"] : ["reject", id, "ask#1"];
        await Live.DoAsync(stack, ["execution", .. decision, "--actor", "ann", "--reason", "so be it"]);
        if (approved)
        {
            await Live.WaitsForAsync(stack, id, "signal");
            await Live.DoAsync(stack, "execution", "signal", id, "paid", "--payload", "{\"amount\":480}");
        }
        var end = await Live.EndOfAsync(stack, id);
        Assert.Equal("COMPLETED", (string)end["status"]!);
        Assert.Equal(
            approved ? """{"trip":"Lisbon","approved_by":"ann","limit":500,"amount":480}"""
                : """{"refused":"ann rejected it: so be it","code":"rejected"}""",
            end["result"]!.ToJsonString());
    }

    private async Task<JsonNode> RunAsync(int exitCode, params string[] arguments)
    {
        var (result, run) = await stack.CallAsync(["run", .. arguments, "--timeout", "60"]);
        Assert.True(result.ExitCode == exitCode, result.ToString());
        return run!;
    }

    private static string ResultOf(JsonNode run, string step) =>
        run["steps"]!.AsArray().Single(s => (string)s!["step"]! == step)!["result"]!.ToJsonString();
}
