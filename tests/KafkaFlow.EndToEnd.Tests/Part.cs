using KafkaFlow.Testing;

namespace KafkaFlow.EndToEnd.Tests;

/// <summary>
/// One part of the product as a process of its own with its own data directory, that can be killed and started again.
/// What it said in all its lives is kept.
/// </summary>
internal sealed class Part(
    string name, string directory, string[] arguments, IReadOnlyDictionary<string, string>? environment = null)
    : IAsyncDisposable
{
    private readonly List<string> _said = [];
    private CliProcess? _process;

    public string Name => name;

    public string Talk => string.Concat(_said) + _process?.Talk;

    /// <summary>Where it keeps its state; may be deleted while it does not run.</summary>
    public string StateDirectory => Path.Combine(directory, "state");

    public void Start() => _process = CliProcess.Start([.. arguments, "--data", directory], environment);

    public async Task KillAsync()
    {
        Assert.False(_process!.HasExited, $"{name} has ended by itself: {_process.Talk}");
        await _process.KillAsync();
        _said.Add(_process.Talk);
        await _process.DisposeAsync();
        _process = null;
    }

    /// <summary>Waits until it has said a line that holds all of <paramref name="texts"/>, in this life or an earlier.</summary>
    public async Task SaysAsync(TimeSpan limit, params string[] texts)
    {
        var until = DateTime.UtcNow + limit;
        while (!Talk.Split('\n').Any(line => texts.All(t => line.Contains(t, StringComparison.OrdinalIgnoreCase))))
        {
            Assert.True(DateTime.UtcNow < until, $"{name} did not say [{string.Join(", ", texts)}]; it said: {Talk}");
            await Task.Delay(TimeSpan.FromMilliseconds(50));
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null) await _process.DisposeAsync();
    }
}
