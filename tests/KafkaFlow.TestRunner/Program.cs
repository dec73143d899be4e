using System.Diagnostics;
using KafkaFlow.LocalServers;

namespace KafkaFlow.TestRunner;

/// <summary>
/// Runs every test program of the solution, one after another, and adds up. Tests that need a broker run on the embedded
/// one and, where <c>KAFKA_HOME</c> names a Kafka installation, again on that Kafka. Last line on stdout:
/// <c>N passed, N failed, N skipped</c>. Exit 1 on a failure, on no test at all, and on a skip when CI=true.
/// </summary>
internal static class Program
{
    private static readonly TimeSpan FastLimit = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan CiLimit = TimeSpan.FromMinutes(25);
    private const string OnKafka = " on Kafka";
    private static readonly TimeSpan LongLimit = TimeSpan.FromHours(6);

    private static async Task<int> Main(string[] arguments)
    {
        if (Options.TryParse(arguments, out var problem) is not { } options)
        {
            Console.Error.WriteLine(problem);
            return 2;
        }
        Environment.SetEnvironmentVariable("KAFKAFLOW_TEST_SEED", $"{options.Seed}");
        Console.WriteLine($"tier {options.Tier}, seed {options.Seed}");

        var directory = Directory.CreateTempSubdirectory("kafkaflow-tests-").FullName;
        var results = new List<TestResult>();
        foreach (var program in TestPrograms()) results.AddRange(await RunAsync(program, options, directory, ""));
        if (await StartKafkaAsync(directory) is { } kafka)
            await using (kafka)
                foreach (var program in TestPrograms().Where(HasTestsOnKafka))
                    results.AddRange(await RunAsync(program, options, directory, OnKafka));
        Directory.Delete(directory, recursive: true);
        return Report(results);
    }

    private static int Report(List<TestResult> results)
    {
        foreach (var result in results.Where(r => r.Outcome != TestResult.Pass)) Console.WriteLine(result);
        var passed = results.Count(r => r.Outcome == TestResult.Pass);
        var failed = results.Count(r => r.Outcome == TestResult.Fail);
        var skipped = results.Count(r => r.Outcome == TestResult.Skip);
        Console.WriteLine($"{passed} passed, {failed} failed, {skipped} skipped");
        var skipFails = skipped > 0 && Environment.GetEnvironmentVariable("CI") == "true";
        return failed > 0 || passed + failed == 0 || skipFails ? 1 : 0;
    }

    /// <summary>Starts the Kafka that the tests run on for the second time and tells the test programs of it.</summary>
    private static async Task<KafkaServer?> StartKafkaAsync(string directory)
    {
        var home = Environment.GetEnvironmentVariable("KAFKA_HOME");
        if (string.IsNullOrEmpty(home) || Environment.GetEnvironmentVariable("KAFKAFLOW_TEST_BOOTSTRAP") is { Length: > 0 })
            return null;
        var server = await KafkaServer.StartAsync(home, Path.Combine(directory, "kafka"), 0, CancellationToken.None);
        Environment.SetEnvironmentVariable("KAFKAFLOW_TEST_BROKER", "kafka");
        Environment.SetEnvironmentVariable("KAFKAFLOW_TEST_BOOTSTRAP", server.Bootstrap);
        return server;
    }

    /// <summary>The embedded broker's own tests are not about another one.</summary>
    private static bool HasTestsOnKafka(string program) =>
        !Path.GetFileName(program).StartsWith("KafkaFlow.Broker.", StringComparison.Ordinal);

    private static string Root { get; } = FindRoot();

    private static string FindRoot()
    {
        for (var d = new DirectoryInfo(AppContext.BaseDirectory); d is not null; d = d.Parent)
            if (File.Exists(Path.Combine(d.FullName, "KafkaFlow.sln"))) return d.FullName;
        throw new InvalidOperationException($"no KafkaFlow.sln above {AppContext.BaseDirectory}");
    }

    /// <summary>The test programs built beside this one, same configuration.</summary>
    private static IEnumerable<string> TestPrograms()
    {
        var configuration = Path.GetFileName(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));
        return Directory.GetDirectories(Path.Combine(Root, "tests"), "KafkaFlow.*.Tests")
            .Select(project => Path.GetFileName(project))
            .Order(StringComparer.Ordinal)
            .Select(name => Path.Combine(Root, "artifacts", "bin", name, configuration, name));
    }

    private static async Task<IEnumerable<TestResult>> RunAsync(
        string program, Options options, string directory, string where)
    {
        var name = Path.GetFileName(program) + where;
        if (!File.Exists(program)) return [new(name, TestResult.Fail, $"{program} has not been built")];
        var xml = Path.Combine(directory, $"{name}.xml");
        var start = new ProcessStartInfo(program, [.. options.RunnerArguments(where == OnKafka), "-noLogo", "-xml", xml])
        {
            RedirectStandardOutput = true,
            WorkingDirectory = Root,
        };
        var clock = Stopwatch.StartNew();
        using var process = Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start");
        var limit = options.Tier switch { "fast" => FastLimit, "ci" => CiLimit, _ => LongLimit };
        var output = process.StandardOutput.ReadToEndAsync();
        var ended = await Task.WhenAny(process.WaitForExitAsync(), Task.Delay(limit)) is not null && process.HasExited;
        if (!ended) process.Kill(entireProcessTree: true);
        ShowPrinted(await output);
        var results = File.Exists(xml) ? TestResult.Read(xml).Select(r => r with { Name = r.Name + where }).ToList() : [];
        if (!ended) results.Add(new(name, TestResult.Fail, $"not finished after {limit.TotalMinutes:0} min"));
        else if (!File.Exists(xml) && options.Filter is null)
            results.Add(new(name, TestResult.Fail, $"exit code {process.ExitCode} and no result file"));
        Console.WriteLine($"{name}: {results.Count} tests, {clock.Elapsed.TotalSeconds:0.0} s");
        return results;
    }

    /// <summary>Seeds and figures that tests print are part of the record of a run.</summary>
    private static void ShowPrinted(string output)
    {
        foreach (var line in output.Split('\n').Select(l => l.Trim()))
            if (line.StartsWith("seed ", StringComparison.Ordinal) || line.Contains(" passed, ", StringComparison.Ordinal))
                Console.WriteLine($"  {line}");
    }
}
