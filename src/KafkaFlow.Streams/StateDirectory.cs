namespace KafkaFlow.Streams;

/// <summary>
/// The directory of an instance: one store per partition, a lock that keeps a second instance out, and the ordinal that
/// tells the instance from the others of its group.
/// </summary>
internal sealed class StateDirectory : IDisposable
{
    private const string LockName = "lock";
    private const string OrdinalName = "ordinal";
    private static readonly TimeSpan LockTimeout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LockPause = TimeSpan.FromMilliseconds(50);
    private readonly FileStream _lock;

    private StateDirectory(string path, string? ordinal, FileStream @lock)
    {
        _lock = @lock;
        Ordinal = ordinal ?? Remembered(Path.Combine(path, OrdinalName));
    }

    public string Ordinal { get; }

    /// <exception cref="StreamsException">Another instance has the directory, and kept it.</exception>
    public static StateDirectory Open(string path, string? ordinal, CancellationToken cancel)
    {
        Directory.CreateDirectory(path);
        var file = Path.Combine(path, LockName);
        for (var waited = TimeSpan.Zero; ; waited += LockPause)
        {
            try
            {
                return new(path, ordinal, new FileStream(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
            }
            catch (IOException e) when (waited >= LockTimeout)
            {
                throw new StreamsException(
                    $"state directory {path} is in use by another instance (lock file {file}); give each its own", e)
                { IsFinal = true };
            }
            catch (IOException)
            {
                cancel.WaitHandle.WaitOne(LockPause);
                cancel.ThrowIfCancellationRequested();
            }
        }
    }

    public void Dispose() => _lock.Dispose();

    private static string Remembered(string file)
    {
        if (File.Exists(file) && File.ReadAllText(file).Trim() is { Length: > 0 } known) return known;
        var drawn = Guid.NewGuid().ToString("N")[..10];
        File.WriteAllText(file, drawn);
        return drawn;
    }
}
