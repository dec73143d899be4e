namespace KafkaFlow.Broker.Storage;

/// <summary>Files that take no writes any more once a test has crashed the broker.</summary>
internal sealed class CrashableFiles(IBrokerFiles files, BrokerFaults faults) : IBrokerFiles
{
    public IDisposable Lock() => files.Lock();

    public ILogFile Open(string path)
    {
        faults.ThrowIfCrashed();
        return new CrashableFile(files.Open(path), faults);
    }

    public IReadOnlyList<string> List(string directory) => files.List(directory);

    public byte[]? ReadAll(string path) => files.ReadAll(path);

    public void Replace(string path, ReadOnlySpan<byte> content)
    {
        faults.ThrowIfCrashed();
        files.Replace(path, content);
    }

    public void Rename(string from, string to)
    {
        faults.ThrowIfCrashed();
        files.Rename(from, to);
    }

    public void Delete(string path)
    {
        faults.ThrowIfCrashed();
        files.Delete(path);
    }

    public void CreateDirectory(string path)
    {
        faults.ThrowIfCrashed();
        files.CreateDirectory(path);
    }

    public void DeleteDirectory(string path)
    {
        faults.ThrowIfCrashed();
        files.DeleteDirectory(path);
    }

    public (long Total, long Usable) Space() => files.Space();

    private sealed class CrashableFile(ILogFile file, BrokerFaults faults) : ILogFile
    {
        public long Length => file.Length;

        public void Write(long position, ReadOnlySpan<byte> bytes)
        {
            faults.ThrowIfCrashed();
            file.Write(position, bytes);
        }

        public int Read(long position, Span<byte> target) => file.Read(position, target);

        public void Truncate(long length)
        {
            faults.ThrowIfCrashed();
            file.Truncate(length);
        }

        public void Flush()
        {
            faults.ThrowIfCrashed();
            file.Flush();
        }

        public FileStream? Stream => file.Stream;
    }
}
