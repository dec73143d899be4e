using System.Diagnostics;
using System.Text.Json.Nodes;
using KafkaFlow.Workers.Python;
using Microsoft.Extensions.Logging.Abstractions;

namespace KafkaFlow.Workers.Tests;

public sealed class PythonTests : IDisposable
{
    private readonly PythonTaskHandler _handler = new(
        new PythonOptions { OutputBytes = 2000, ResultBytes = 4000 }, NullLogger<PythonTaskHandler>.Instance);

    private async Task<TaskOutcome> RunAsync(
        string code, string args = "{}", string scope = "{}", CancellationToken cancel = default)
    {
        var input = new JsonObject { ["code"] = code, ["args"] = JsonNode.Parse(args), ["scope"] = JsonNode.Parse(scope) };
        var task = Tasks.Of("python", input.ToJsonString());
        return await _handler.RunAsync(task, Tasks.ContextOf(task), cancel).WaitAsync(TimeSpan.FromSeconds(30), CancellationToken.None);
    }

    [Theory]
    [InlineData("def main(a, b=2): return [a, b]", """{"a":1}""", "{}", "[1,2]")]
    [InlineData("async def main(message):\n  import asyncio\n  await asyncio.sleep(0)\n  return message", """{"message":"Hi"}""", "{}", "\"Hi\"")]
    [InlineData("def main(who): return who", "{}", """{"who":"step value","workload":{"who":"workload"}}""", "\"step value\"")]
    [InlineData("def main(who): return who", "{}", """{"workload":{"who":"workload"}}""", "\"workload\"")]
    [InlineData("def main(input_data): return input_data", "{}", "{}", "{}")]
    [InlineData("def main(input_data): return input_data", """{"x":1,"y":"z"}""", "{}", """{"x":1,"y":"z"}""")]
    [InlineData("def main(input_data): return input_data", """{"input_data":"{\"name\": \"Ann\"}"}""", "{}", """{"name":"Ann"}""")]
    [InlineData("def main(text): return text", """{"text":"[not json"}""", "{}", "\"[not json\"")]
    [InlineData("def main(a, **rest): return rest", """{"a":1,"b":"[2]","c":null}""", "{}", """{"b":[2],"c":null}""")]
    [InlineData("def main(a, /, *more, b): return a - b", """{"a":5,"b":3}""", "{}", "2")]
    [InlineData("def main(context): return context['fetch']", "{}", """{"fetch":{"n":1.5}}""", """{"n":1.5}""")]
    [InlineData("def main(): return context['fetch']", "{}", """{"fetch":[true,null]}""", "[true,null]")]
    [InlineData("def main(): return None", "{}", "{}", "null")]
    [InlineData("def main(): return {'id': str(uuid.UUID(int=1)), 'day': datetime.date(2026, 1, 2), 'j': json.loads('1'), 'os': os.sep}", "{}", "{}",
        """{"id":"00000000-0000-0000-0000-000000000001","day":"2026-01-02","j":1,"os":"/"}""")]
    [InlineData("def main(): return 'Grüße \U0001F600 \\n'", "{}", "{}", "\"Grüße \U0001F600 \\n\"")]
    [InlineData("def main(): return 123456789012345678901234567890", "{}", "{}", "123456789012345678901234567890")]
    public async Task Parameters_are_bound_by_name_and_the_value_of_main_is_the_result(
        string code, string args, string scope, string expected)
    {
        var outcome = await RunAsync(code, args, scope);
        Assert.Null(outcome.Error);
        Assert.Equal(expected, outcome.Result);
    }

    [Theory]
    [InlineData("def main(a): return a", "missing_argument", "main needs a; args has b, the scope has nothing", false)]
    [InlineData("x = 1", "main_missing", "main", false)]
    [InlineData("def main(:", "SyntaxError", "line 1", false)]
    [InlineData("def main(): raise ValueError('no such city')", "ValueError", "no such city", true)]
    [InlineData("def main(): raise RuntimeError('nul \\0 \\ud800 in it')", "RuntimeError", "in it", true)]
    [InlineData("import sys\ndef main(): sys.exit(3)", "SystemExit", "3", true)]
    [InlineData("def main(): os._exit(4)", "python_exited", "exit code 4", true)]
    [InlineData("def main(): os.kill(os.getpid(), 9)", "python_exited", "signal 9", true)]
    [InlineData("def main(): return {1j: 2}", "result_not_json", "keys", false)]
    [InlineData("def main(): return float('nan')", "result_not_json", "float", false)]
    [InlineData("def main(): return object()", "result_not_json", "object", false)]
    [InlineData("def main(): return 'x' * 5000", "result_too_large", "5002 bytes, at most 4000", false)]
    [InlineData("def main(): return bytearray(8 << 30)", "MemoryError", "", true)]
    [InlineData("def main(): return [open('/dev/null') for _ in range(1000)]", "OSError", "Too many open files", true)]
    public async Task What_goes_wrong_has_a_code_and_a_message(string code, string errorCode, string message, bool retryable)
    {
        var outcome = await RunAsync(code, """{"b":1}""");
        Assert.NotNull(outcome.Error);
        Assert.Equal(errorCode, outcome.Error.Code);
        Assert.Contains(message, outcome.Error.Message, StringComparison.Ordinal);
        Assert.Equal(retryable, outcome.Error.Retryable);
        Assert.Null(Json.ProblemOf(outcome.Error.ToJson()));
    }

    [Fact]
    public async Task An_error_tells_the_line_of_the_step_and_what_was_printed_and_the_result_stays_apart()
    {
        const string code = """
            import sys
            def main(city):
                print("looking for", city)
                os.system("echo from a subprocess")
                print("careful", file=sys.stderr)
                return 1 / 0
            """;
        var outcome = await RunAsync(code, """{"city":"Rome"}""");
        var details = JsonNode.Parse(outcome.Error!.Details!)!;
        Assert.Equal("ZeroDivisionError", outcome.Error.Code);
        Assert.Contains("<step work>\", line 6, in main\n    return 1 / 0", (string)details["traceback"]!, StringComparison.Ordinal);
        Assert.DoesNotContain("execute", (string)details["traceback"]!, StringComparison.Ordinal);
        Assert.Equal("looking for Rome\nfrom a subprocess\n", (string)details["stdout"]!);
        Assert.Equal("careful\n", (string)details["stderr"]!);

        var flood = await RunAsync("def main():\n  os.write(1, b'{\"result\": 1}' * 500000)\n  return 7");
        Assert.Equal("7", flood.Result);
    }

    [Fact]
    public async Task A_task_sees_its_idempotency_key_but_no_secret_of_the_workers_environment()
    {
        Environment.SetEnvironmentVariable("KAFKAFLOW_KAFKA_SASL_PASSWORD", "hunter2hunter2");
        var outcome = await RunAsync("def main(): return [os.environ['KAFKAFLOW_TASK_ID'], os.environ['KAFKAFLOW_EXECUTION_ID'], sorted(os.environ)]");
        Assert.StartsWith("[\"run-1/work#1/1\",\"run-1\",", outcome.Result, StringComparison.Ordinal);
        Assert.DoesNotContain("SASL", outcome.Result, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cancelling_kills_the_process_and_everything_it_has_started()
    {
        var file = Path.GetTempFileName();
        using var cancel = new CancellationTokenSource();
        var code = $"""
            import subprocess, time
            def main():
                child = subprocess.Popen(["sleep", "300"])
                with open("{file}", "w") as f: f.write(str(os.getpid()) + " " + str(child.pid) + "\n")
                time.sleep(300)
            """;
        var running = RunAsync(code, cancel: cancel.Token);
        var pids = await Wait.ForAsync(() => File.ReadAllText(file) is { } t && t.EndsWith('\n') ? t.Trim().Split(' ') : null);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        await Wait.UntilAsync(() => pids.All(pid => !Directory.Exists($"/proc/{pid}")));
        File.Delete(file);
    }

    [Fact]
    public async Task When_the_forking_process_is_killed_tasks_under_way_run_again_and_new_ones_find_another()
    {
        await _handler.WarmUpAsync(CancellationToken.None);
        var first = _handler.TemplatePid;
        var slow = RunAsync("import time\ndef main():\n  time.sleep(1)\n  return os.getppid()");
        using (var template = Process.GetProcessById(first)) template.Kill();
        var parents = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => RunAsync("def main(): return os.getppid()")));
        Assert.All(parents.Append(await slow), outcome => Assert.Equal($"{_handler.TemplatePid}", outcome.Result));
        Assert.NotEqual(first, _handler.TemplatePid);

        var poison = await RunAsync("import time\ndef main():\n  os.kill(os.getppid(), 9)\n  time.sleep(60)");
        Assert.Equal(TaskErrorCodes.PythonProcessLost, poison.Error!.Code);
        Assert.Equal("1", (await RunAsync("def main(): return 1")).Result);
    }

    [Fact]
    public async Task Two_hundred_tasks_at_once_each_get_their_own_answer()
    {
        var clock = Stopwatch.StartNew();
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 200).Select(
            i => RunAsync("def main(i):\n  print('noise', i)\n  return i * i", $$"""{"i":{{i}}}""")));
        Assert.Equal(Enumerable.Range(0, 200).Select(i => $"{i * i}"), outcomes.Select(o => o.Result));
        TestContext.Current.SendDiagnosticMessage($"200 python tasks took {clock.ElapsedMilliseconds} ms");
    }

    [Fact]
    public async Task An_interpreter_that_is_not_there_is_named_with_the_variable_to_set()
    {
        using var handler = new PythonTaskHandler(
            new PythonOptions { Interpreter = "/no/such/python" }, NullLogger<PythonTaskHandler>.Instance);
        var task = Tasks.Of("python", """{"code":"def main(): return 1"}""");
        var outcome = await handler.RunAsync(task, Tasks.ContextOf(task), CancellationToken.None);
        Assert.Equal(TaskErrorCodes.PythonUnavailable, outcome.Error!.Code);
        Assert.Contains("/no/such/python", outcome.Error.Message, StringComparison.Ordinal);
        Assert.Contains("KAFKAFLOW_PYTHON", outcome.Error.Message, StringComparison.Ordinal);
    }

    public void Dispose() => _handler.Dispose();
}
