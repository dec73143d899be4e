using Microsoft.Win32.SafeHandles;

namespace KafkaFlow.Broker.Storage;

/// <summary>A directory. Handles of deleted files are closed by their finalizer, so that readers may end.</summary>
internal sealed class DiskFiles(string root) : IBrokerFiles
{
    private const string LockFile = ".lock";

    public IDisposable Lock()
    {
        Directory.CreateDirectory(root);
        try
        {
            return new FileStream(At(LockFile), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException inUse)
        {
            throw new BrokerException(
                $"data directory {root}: expected it to be free, found it locked by another broker", inUse);
        }
    }

    public ILogFile Open(string path) => new DiskFile(File.OpenHandle(
        At(path), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete,
        FileOptions.Asynchronous)); // as a socket wants it that sends from it; reads and writes do not mind

    public IReadOnlyList<string> List(string directory) =>
        Directory.Exists(At(directory))
            ? [.. Directory.EnumerateFileSystemEntries(At(directory)).Select(path => Path.GetFileName(path)!)]
            : [];

    public byte[]? ReadAll(string path) => File.Exists(At(path)) ? File.ReadAllBytes(At(path)) : null;

    public void Replace(string path, ReadOnlySpan<byte> content)
    {
        var draft = At(path) + ".tmp";
        using (var handle = File.OpenHandle(draft, FileMode.Create, FileAccess.Write))
        {
            RandomAccess.Write(handle, content, 0);
            RandomAccess.FlushToDisk(handle);
        }
        File.Move(draft, At(path), overwrite: true);
    }

    public void Rename(string from, string to)
    {
        if (Directory.Exists(At(from))) Directory.Move(At(from), At(to));
        else File.Move(At(from), At(to), overwrite: true);
    }

    public void Delete(string path) => File.Delete(At(path));

    public void CreateDirectory(string path) => Directory.CreateDirectory(At(path));

    public void DeleteDirectory(string path)
    {
        if (Directory.Exists(At(path))) Directory.Delete(At(path), recursive: true);
    }

    public (long Total, long Usable) Space()
    {
        var drive = new DriveInfo(Path.GetFullPath(root));
        return (drive.TotalSize, drive.AvailableFreeSpace);
    }

    private string At(string path) => Path.Combine(root, path);

    private sealed class DiskFile(SafeFileHandle handle) : ILogFile
    {
        private readonly Lazy<FileStream> _stream = new(
            () => new(handle, FileAccess.ReadWrite, bufferSize: 0, isAsync: true));

        public long Length => RandomAccess.GetLength(handle);

        public void Write(long position, ReadOnlySpan<byte> bytes) => RandomAccess.Write(handle, bytes, position);

        public int Read(long position, Span<byte> target)
        {
            var total = 0;
            while (total < target.Length)
            {
                var read = RandomAccess.Read(handle, target[total..], position + total);
                if (read == 0) break;
                total += read;
            }
            return total;
        }

        public void Truncate(long length) => RandomAccess.SetLength(handle, length);

        public void Flush() => RandomAccess.FlushToDisk(handle);

        public FileStream? Stream => _stream.Value;
    }
}
